using EdgeFlora.Transport.Buses;
using MassTransit;

namespace EdgeFlora.Cli.Agent;

/// <summary>Sees when the broker does not accept our user any more: the bus itself would try for ever.</summary>
internal sealed class LoginWatch : IReceiveEndpointObserver
{
    private readonly TaskCompletionSource refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the first refusal.</summary>
    public Task Refused => refused.Task;

    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        if (BrokerAnswers.IsLoginRefusal(faulted.Exception))
        {
            refused.TrySetResult();
        }

        return Task.CompletedTask;
    }

    public Task Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
}
