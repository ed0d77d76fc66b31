using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The queues of a run that the coordinator listens on. Consumers decide nothing: they hand over, and a delivery is acknowledged once its effects are stored.</summary>
internal sealed class IntakeEndpoints : IAsyncDisposable
{
    private readonly List<QueueConsumer> consumers = [];

    public static async Task<IntakeEndpoints> ConnectAsync(
        MessageBus bus, Guid run, RunLoop loop, BlobDesk blobs, BlobExchange exchange, SenderCheck senders, CancellationToken stop)
    {
        var endpoints = new IntakeEndpoints();
        endpoints.consumers.Add(bus.ConnectQueue(Queues.RunIntake(run), QueueKind.Intake, endpoint =>
        {
            HandOver<TaskAccepted>(endpoint, loop, senders, static message => message.Header);
            HandOver<TaskDeclined>(endpoint, loop, senders, static message => message.Header);
            HandOver<TaskProgress>(endpoint, loop, senders, static message => message.Header);
            HandOver<TaskFailed>(endpoint, loop, senders, static message => message.Header);
            HandOver<ResultReady>(endpoint, loop, senders, static message => message.Header);
            HandOver<BlobAnnounced>(endpoint, loop, senders, static message => message.Header);
            HandOver<BlobWanted>(endpoint, loop, senders, static message => message.Header);
        }));
        endpoints.consumers.Add(bus.ConnectQueue(Queues.RunChunks(run), QueueKind.IntakeChunks, endpoint => endpoint.Handler<BlobChunk>(async context =>
        {
            if (senders.Passes(nameof(BlobChunk), context.Message.AgentId, context.User) && blobs.Peer(context.Message.AgentId) is { } peer)
            {
                await exchange.OnChunkAsync(context.Message, peer, context.CancellationToken);
            }
        })));
        foreach (QueueConsumer consumer in endpoints.consumers)
        {
            await consumer.Ready.WaitAsync(stop);
        }

        return endpoints;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (QueueConsumer consumer in consumers)
        {
            await consumer.StopAsync(CancellationToken.None);
        }

        consumers.Clear();
    }

    /// <param name="header">Finds the message's header, which a hostile sender may leave out.</param>
    private static void HandOver<T>(QueueHandlers endpoint, RunLoop loop, SenderCheck senders, Func<T, MessageHeader?> header)
        where T : class => endpoint.Handler<T>(context =>
            senders.Passes(typeof(T).Name, header(context.Message)?.AgentId, context.User) ? loop.PostAsync(context.Message) : Task.CompletedTask);
}
