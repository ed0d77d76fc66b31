using System.Threading.Channels;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Events;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Transport.Tests.Buses;

public sealed class InMemoryBusTests : IAsyncLifetime
{
    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);
    private MessageBus bus = null!;
    private Courier courier = null!;

    public async ValueTask InitializeAsync()
    {
        bus = await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, loggers: null, TestContext.Current.CancellationToken);
        courier = new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(10));
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync();

    [Fact]
    public async Task A_chunk_arrives_with_the_very_bytes_that_were_sent()
    {
        Channel<BlobChunk> received = Channel.CreateUnbounded<BlobChunk>();
        await Listen("q.chunks", QueueKind.IntakeChunks, e => e.Handler<BlobChunk>(c => received.Writer.WriteAsync(c.Message).AsTask()));
        byte[] content = [0, 255, 1, 254, 13, 10, 0];
        var chunk = new BlobChunk { AgentId = "agent-1", Sha256 = new string('a', 64), Index = 7, ChunkSha256 = new string('b', 64), Content = content };

        await courier.SendChunkAsync("q.chunks", chunk, Stop);

        BlobChunk arrived = await received.Reader.ReadAsync(Stop);
        Assert.Equal(chunk with { Content = default }, arrived with { Content = default });
        Assert.Equal(content, arrived.Content.ToArray());
    }

    [Fact]
    public async Task Part_of_a_larger_array_is_sent_as_that_part()
    {
        Channel<BlobChunk> received = Channel.CreateUnbounded<BlobChunk>();
        await Listen("q.chunks", QueueKind.IntakeChunks, e => e.Handler<BlobChunk>(c => received.Writer.WriteAsync(c.Message).AsTask()));
        byte[] array = [1, 2, 3, 4, 5];

        await courier.SendChunkAsync("q.chunks", new BlobChunk { AgentId = "a", Sha256 = "s", Index = 0, ChunkSha256 = "c", Content = array.AsMemory(1, 3) }, Stop);

        Assert.Equal([2, 3, 4], (await received.Reader.ReadAsync(Stop)).Content.ToArray());
    }

    [Fact]
    public async Task Messages_sent_while_nobody_listens_wait_for_the_next_listener()
    {
        Channel<Guid> received = Channel.CreateUnbounded<Guid>();
        void Configure(QueueHandlers endpoint) => endpoint.Handler<Ping>(c => received.Writer.WriteAsync(c.Message.Header.MessageId).AsTask());
        QueueConsumer first = await Listen("ef.agent.a", QueueKind.AgentControl, Configure);
        await first.StopAsync(Stop);
        Ping[] pings = [.. Enumerable.Range(0, 5).Select(i => new Ping { Header = stamp.About(nameof(Ping), "a", content: $"{i}") })];

        foreach (Ping ping in pings)
        {
            await courier.SendAsync("ef.agent.a", ping, ping.Header, timeToLive: null, Stop);
        }

        await Listen("ef.agent.a", QueueKind.AgentControl, Configure);
        var arrived = new HashSet<Guid>();
        while (arrived.Count < pings.Length)
        {
            arrived.Add(await received.Reader.ReadAsync(Stop));
        }

        Assert.Equal(pings.Select(p => p.Header.MessageId).ToHashSet(), arrived);
    }

    [Fact]
    public async Task A_watcher_sees_events_in_their_order_until_it_leaves()
    {
        Channel<long> seen = Channel.CreateUnbounded<long>();
        QueueConsumer watcher = RunEventSubscription.Connect(bus, e => seen.Writer.TryWrite(e.Sequence));
        await watcher.Ready.WaitAsync(Stop);

        for (int i = 1; i <= 3; i++)
        {
            await bus.Publish(new RunEvent { RunId = Guid.Empty, Sequence = i, ElapsedMs = 0, Kind = RunEventKind.RoundOpened }, Stop);
        }

        long[] order = [await seen.Reader.ReadAsync(Stop), await seen.Reader.ReadAsync(Stop), await seen.Reader.ReadAsync(Stop)];
        Assert.Equal([1, 2, 3], order);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<QueueConsumer> Listen(string queue, QueueKind kind, Action<QueueHandlers> configure)
    {
        QueueConsumer handle = bus.ConnectQueue(queue, kind, configure);
        await handle.Ready.WaitAsync(Stop);
        return handle;
    }
}
