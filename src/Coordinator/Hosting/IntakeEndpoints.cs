using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using MassTransit;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The queues of a run that the coordinator listens on. Consumers decide nothing: they hand over, and a delivery is acknowledged once its effects are stored.</summary>
internal sealed class IntakeEndpoints : IAsyncDisposable
{
    private readonly List<HostReceiveEndpointHandle> handles = [];

    public static async Task<IntakeEndpoints> ConnectAsync(
        IReceiveConnector bus, Guid run, RunLoop loop, BlobDesk blobs, BlobExchange exchange, SenderCheck senders, CancellationToken stop)
    {
        var endpoints = new IntakeEndpoints();
        endpoints.handles.Add(bus.ConnectQueue(Queues.RunIntake(run), QueueKind.Intake, endpoint =>
        {
            HandOver<TaskAccepted>(endpoint, loop, senders, static message => message.Header);
            HandOver<TaskDeclined>(endpoint, loop, senders, static message => message.Header);
            HandOver<TaskProgress>(endpoint, loop, senders, static message => message.Header);
            HandOver<TaskFailed>(endpoint, loop, senders, static message => message.Header);
            HandOver<ResultReady>(endpoint, loop, senders, static message => message.Header);
            HandOver<BlobAnnounced>(endpoint, loop, senders, static message => message.Header);
            HandOver<BlobWanted>(endpoint, loop, senders, static message => message.Header);
        }));
        endpoints.handles.Add(bus.ConnectQueue(Queues.RunChunks(run), QueueKind.IntakeChunks, endpoint => endpoint.Handler<BlobChunk>(async context =>
        {
            if (senders.Passes(nameof(BlobChunk), context.Message.AgentId, Sender.UserOf(context)) && blobs.Peer(context.Message.AgentId) is { } peer)
            {
                await exchange.OnChunkAsync(context.Message, peer, context.CancellationToken);
            }
        })));
        foreach (HostReceiveEndpointHandle handle in endpoints.handles)
        {
            await handle.Ready.WaitAsync(stop);
        }

        return endpoints;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HostReceiveEndpointHandle handle in handles)
        {
            await handle.StopAsync(CancellationToken.None);
        }

        handles.Clear();
    }

    /// <param name="header">Finds the message's header, which a hostile sender may leave out.</param>
    private static void HandOver<T>(IReceiveEndpointConfigurator endpoint, RunLoop loop, SenderCheck senders, Func<T, MessageHeader?> header)
        where T : class => endpoint.Handler<T>(context =>
            senders.Passes(typeof(T).Name, header(context.Message)?.AgentId, Sender.UserOf(context)) ? loop.PostAsync(context.Message) : Task.CompletedTask);
}
