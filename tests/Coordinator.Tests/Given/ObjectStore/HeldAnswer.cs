namespace EdgeFlora.Coordinator.Tests.Given.ObjectStore;

/// <summary>An answer that a <see cref="FaultyGateway"/> holds.</summary>
internal sealed class HeldAnswer
{
    /// <summary>Completes when the request was done.</summary>
    public TaskCompletionSource Come { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets the answer go.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
