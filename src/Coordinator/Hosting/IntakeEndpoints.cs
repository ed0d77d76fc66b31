using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// The queues of a run that the coordinator listens on. Consumers decide nothing: they hand over, and a delivery is acknowledged once its effects
/// are stored.
/// </summary>
internal sealed class IntakeEndpoints : IAsyncDisposable
{
    /// <summary>
    /// A message that could not be stored is held for so long: given back at once, it would use up its deliveries while the run is taken up again.
    /// </summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(1);

    private readonly List<QueueConsumer> consumers = [];

    /// <summary>
    /// The broker may be away just now, or a queue of its be unusable: no run waits for that without end, and none has the others wait.
    /// </summary>
    private static readonly TimeSpan AttachTimeout = TimeSpan.FromSeconds(30);

    /// <exception cref="BrokerUnreachableException">The broker does not let the queues be consumed.</exception>
    public static async Task<IntakeEndpoints> ConnectAsync(
        MessageBus bus,
        Guid run,
        RunLoop loop,
        BlobHandler blobs,
        BlobExchange exchange,
        SenderCheck senders,
        TimeProvider time,
        CancellationToken stop)
    {
        var endpoints = new IntakeEndpoints();
        endpoints.consumers.Add(bus.ConnectQueue(Queues.RunIntake(run), QueueKind.Intake, endpoint =>
        {
            HandOver<TaskAccepted>(endpoint, loop, senders, time, static message => message.Header);
            HandOver<TaskDeclined>(endpoint, loop, senders, time, static message => message.Header);
            HandOver<TaskProgress>(endpoint, loop, senders, time, static message => message.Header);
            HandOver<TaskFailed>(endpoint, loop, senders, time, static message => message.Header);
            HandOver<ResultReady>(endpoint, loop, senders, time, static message => message.Header);
            HandOver<BlobAnnounced>(endpoint, loop, senders, time, static message => message.Header);
            HandOver<BlobWanted>(endpoint, loop, senders, time, static message => message.Header);
        }));
        endpoints.consumers.Add(bus.ConnectQueue(
            Queues.RunChunks(run),
            QueueKind.IntakeChunks,
            endpoint => endpoint.Handler<BlobChunk>(async context =>
            {
                if (senders.Passes(nameof(BlobChunk), context.Message.AgentId, context.User) && blobs.Peer(context.Message.AgentId) is { } peer)
                {
                    await exchange.OnChunkAsync(context.Message, peer, context.CancellationToken);
                }
            })));
        try
        {
            await AttachedAsync(endpoints.consumers.Select(consumer => consumer.Ready), run, time, stop);
            return endpoints;
        }
        catch
        {
            await endpoints.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (QueueConsumer consumer in consumers)
        {
            await consumer.StopAsync(CancellationToken.None);
        }

        consumers.Clear();
    }

    /// <summary>Waits until all queues of a run are consumed.</summary>
    /// <exception cref="BrokerUnreachableException">They are not, after a while.</exception>
    internal static async Task AttachedAsync(IEnumerable<Task> ready, Guid run, TimeProvider time, CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(ready).WaitAsync(AttachTimeout, time, stop);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            throw new BrokerUnreachableException(
                $"The broker does not let queues {Queues.RunIntake(run)} and {Queues.RunChunks(run)} be consumed ({failure.Message})", failure);
        }
    }

    /// <param name="header">Finds the message's header, which a hostile sender may leave out.</param>
    private static void HandOver<T>(QueueHandlers endpoint, RunLoop loop, SenderCheck senders, TimeProvider time, Func<T, MessageHeader?> header)
        where T : class => endpoint.Handler<T>(async context =>
        {
            if (!senders.Passes(typeof(T).Name, header(context.Message)?.AgentId, context.User))
            {
                return;
            }

            try
            {
                await loop.PostAsync(context.Message);
            }
            catch (NotStoredException)
            {
                await Task.Delay(Hold, time, context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        });
}
