using MassTransit;

namespace EdgeFlora.Transport.Buses;

/// <summary>A queue that is being consumed.</summary>
public sealed class QueueConsumer
{
    private readonly HostReceiveEndpointHandle handle;

    internal QueueConsumer(HostReceiveEndpointHandle handle) => this.handle = handle;

    /// <summary>Completes once the queue is declared and consumed; fails if the broker refuses.</summary>
    public Task Ready => handle.Ready;

    /// <summary>Ends the consuming once what is being handled is done; the queue stays.</summary>
    /// <param name="stop">Ends the waiting for the broker.</param>
    public Task StopAsync(CancellationToken stop = default) => handle.StopAsync(stop);
}
