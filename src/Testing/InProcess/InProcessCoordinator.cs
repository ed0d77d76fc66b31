using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Testing.InProcess;

/// <summary>A coordinator of one run as a task of this process.</summary>
internal sealed class InProcessCoordinator(MemberConnectionFactory connections, CoordinatorOptions options) : InProcessMember(connections)
{
    private readonly TaskCompletionSource<RunOutcome> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CoordinatorService? service;

    /// <summary>How the run ended; a coordinator that was killed is not the run's end.</summary>
    public Task<RunOutcome> End => end.Task;

    protected override Task Begin(MessageBus bus)
    {
        service = new CoordinatorService(bus, options, TimeProvider.System, NullLoggerFactory.Instance);
        return LeadAsync(service);
    }

    protected override async Task DieAsync()
    {
        if (Interlocked.Exchange(ref service, null) is { } dying)
        {
            await dying.DieAsync();
        }
    }

    private async Task LeadAsync(CoordinatorService leading)
    {
        try
        {
            RunOutcome outcome = await leading.RunAsync(CancellationToken.None);
            if (outcome.Status != RunStatus.Interrupted)
            {
                end.TrySetResult(outcome);
            }
        }
#pragma warning disable CA1031 // The outermost frame of the coordinator: whoever waits for the run is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            // One that was killed fails in whichever way, and nobody minds.
            if (service == leading)
            {
                end.TrySetException(new FederationFailedException($"The coordinator has ended: {failure.Message}", failure));
            }
        }
    }
}
