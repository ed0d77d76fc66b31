using System.Security.Cryptography;
using System.Threading.Channels;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Events;
using EdgeFlora.Transport.Stamps;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EdgeFlora.Integration.Tests;

public sealed class BrokerTransportTests(BrokerFixture broker)
{
    private static readonly TimeSpan Patience = LimitedWait.Limit;

    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);

    [Theory]
    [InlineData(QueueKind.AgentControl)]
    [InlineData(QueueKind.AgentChunks)]
    [InlineData(QueueKind.Intake)]
    [InlineData(QueueKind.IntakeChunks)]
    [InlineData(QueueKind.Presence)]
    public async Task A_queue_of_each_kind_is_declared_and_carries_messages_and_chunks(QueueKind kind)
    {
        MessageBus bus = await Start("queues");
        string queue = $"q.{kind}";
        Channel<object> received = Channel.CreateUnbounded<object>();
        await bus.ConnectQueue(queue, kind, e =>
        {
            e.Handler<Ping>(c => received.Writer.WriteAsync(c.Message).AsTask());
            e.Handler<BlobChunk>(c => received.Writer.WriteAsync(c.Message).AsTask());
        }).Ready.InTimeAsync();
        Courier courier = Courier(bus);
        var ping = new Ping { Header = stamp.About(nameof(Ping), "a") };
        byte[] content = RandomNumberGenerator.GetBytes(1 << 20);
        var chunk = new BlobChunk { AgentId = "a", Sha256 = new string('a', 64), Index = 3, ChunkSha256 = new string('b', 64), Content = content };

        await courier.SendAsync(queue, ping, ping.Header, TimeSpan.FromMinutes(1), Stop);
        Assert.Equal(ping, await received.Reader.ReadAsync(Stop).InTimeAsync());
        await courier.SendChunkAsync(queue, chunk, Stop);
        var arrived = Assert.IsType<BlobChunk>(await received.Reader.ReadAsync(Stop).InTimeAsync());

        Assert.Equal(chunk with { Content = default }, arrived with { Content = default });
        Assert.Equal(content, arrived.Content.ToArray());
        await bus.StopAsync(Stop);
    }

    [Fact]
    public async Task A_body_crosses_between_two_connections_in_raw_chunks()
    {
        using var folder = new TemporaryFolder();
        (MessageBus near, MessageBus far) = (await Start("chunks"), await Start("chunks"));
        var source = new BlobStore(folder.In("near"));
        var target = new BlobStore(folder.In("far"));
        BlobClaim claim = source.Put(RandomNumberGenerator.GetBytes(20_000_003), "int8");
        var sender = new BlobExchange(source, Courier(near), TimeProvider.System, Patience);
        var receiver = new BlobExchange(target, Courier(far), TimeProvider.System, Patience);
        await Listen(near, "t.near", sender, Peer("t.far"));
        await Listen(far, "t.far", receiver, Peer("t.near"));

        await sender.HandOverAsync(claim, Peer("t.far"), Stop);

        Assert.Equal(claim, target.Find(claim.Sha256));
        Assert.Equal(source.ReadAll(claim.Sha256), target.ReadAll(claim.Sha256));
        await near.StopAsync(Stop);
        await far.StopAsync(Stop);
    }

    [Fact]
    public async Task Messages_wait_for_a_listener_and_a_queue_nobody_declared_is_reported()
    {
        MessageBus bus = await Start("queues");
        Courier courier = Courier(bus);
        string queue = $"ef.agent.{Guid.NewGuid():N}";
        var ping = new Ping { Header = stamp.About(nameof(Ping), "a") };
        Channel<Ping> received = Channel.CreateUnbounded<Ping>();
        void Configure(QueueHandlers e) => e.Handler<Ping>(c => received.Writer.WriteAsync(c.Message).AsTask());

        await Assert.ThrowsAsync<QueueAbsentException>(() => courier.SendAsync(queue, ping, ping.Header, null, Stop));
        QueueConsumer handle = bus.ConnectQueue(queue, QueueKind.AgentControl, Configure);
        await handle.Ready.InTimeAsync();
        await handle.StopAsync(Stop);
        await courier.SendAsync(queue, ping, ping.Header, null, Stop);
        await bus.ConnectQueue(queue, QueueKind.AgentControl, Configure).Ready.InTimeAsync();

        Assert.Equal(ping, await received.Reader.ReadAsync(Stop).InTimeAsync());
        await bus.StopAsync(Stop);
    }

    [Fact]
    public async Task A_message_at_the_intake_that_was_not_stored_comes_again_and_one_that_fails_goes_to_the_error_queue()
    {
        MessageBus bus = await Start("queues");
        Courier courier = Courier(bus);
        string queue = $"q.again.{Guid.NewGuid():N}";
        Channel<Guid> received = Channel.CreateUnbounded<Guid>();
        int failures = 0;
        await bus.ConnectQueue(queue, QueueKind.Intake, e => e.Handler<Ping>(async context =>
        {
            await received.Writer.WriteAsync(context.Message.Header.MessageId);
            switch (Interlocked.Increment(ref failures))
            {
                case <= 2:
                    throw new NotStoredException("the disk is full");
                case 4:
                    throw new InvalidOperationException("a fault of the handler");
            }
        })).Ready.InTimeAsync();
        Ping[] pings = [.. new[] { "first", "second", "third" }.Select(
            content => new Ping { Header = stamp.About(nameof(Ping), "a", content: content) })];

        await courier.SendAsync(queue, pings[0], pings[0].Header, null, Stop);
        Guid[] deliveries =
        [
            await received.Reader.ReadAsync(Stop).InTimeAsync(),
            await received.Reader.ReadAsync(Stop).InTimeAsync(),
            await received.Reader.ReadAsync(Stop).InTimeAsync(),
        ];
        await courier.SendAsync(queue, pings[1], pings[1].Header, null, Stop);
        Guid failed = await received.Reader.ReadAsync(Stop).InTimeAsync();
        await courier.SendAsync(queue, pings[2], pings[2].Header, null, Stop);

        Assert.All(deliveries, delivery => Assert.Equal(pings[0].Header.MessageId, delivery));
        Assert.Equal(pings[1].Header.MessageId, failed);
        Assert.Equal(pings[2].Header.MessageId, await received.Reader.ReadAsync(Stop).InTimeAsync());
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(broker.Url("queues")) }.CreateConnectionAsync(Stop);
        await using IChannel reading = await connection.CreateChannelAsync(cancellationToken: Stop);
        Channel<string?> errors = Channel.CreateUnbounded<string?>();
        var consumer = new AsyncEventingBasicConsumer(reading);
        consumer.ReceivedAsync += (_, letter) => errors.Writer.WriteAsync(letter.BasicProperties.MessageId).AsTask();
        await reading.BasicConsumeAsync($"{queue}_error", autoAck: true, consumer, Stop);
        Assert.Equal(pings[1].Header.MessageId.ToString(), await errors.Reader.ReadAsync(Stop).InTimeAsync());
        await bus.StopAsync(Stop);
    }

    [Fact]
    public async Task A_watcher_sees_the_events_of_another_connection()
    {
        (MessageBus watching, MessageBus speaking) = (await Start("queues"), await Start("queues"));
        Channel<RunEvent> seen = Channel.CreateUnbounded<RunEvent>();
        await RunEventSubscription.Connect(watching, e => seen.Writer.TryWrite(e)).Ready.InTimeAsync();
        var happened = new RunEvent { RunId = Guid.NewGuid(), Sequence = 1, ElapsedMs = 5, Kind = RunEventKind.RoundOpened, Round = 2 };

        await speaking.Publish(happened, Stop);

        Assert.Equal(happened, await seen.Reader.ReadAsync(Stop).InTimeAsync());
        await watching.StopAsync(Stop);
        await speaking.StopAsync(Stop);
    }

    [Fact]
    public async Task After_a_restart_of_the_broker_kept_messages_arrive_and_new_ones_pass()
    {
        PrivateBroker own = broker.Own;
        MessageBus bus = await Start("reconnect");
        Courier courier = Courier(bus);
        Channel<Guid> received = Channel.CreateUnbounded<Guid>();
        void Configure(QueueHandlers e) => e.Handler<Ping>(c => received.Writer.WriteAsync(c.Message.Header.MessageId).AsTask());
        QueueConsumer handle = bus.ConnectQueue("r.agent", QueueKind.AgentControl, Configure);
        await handle.Ready.InTimeAsync();
        await handle.StopAsync(Stop);
        var kept = new Ping { Header = stamp.About(nameof(Ping), "a", content: "kept") };
        await courier.SendAsync("r.agent", kept, kept.Header, null, Stop);

        await own.KillAsync();
        await own.StartAsync(Stop);

        await bus.ConnectQueue("r.agent", QueueKind.AgentControl, Configure).Ready.InTimeAsync();
        Assert.Equal(kept.Header.MessageId, await received.Reader.ReadAsync(Stop).InTimeAsync());
        var later = new Ping { Header = stamp.About(nameof(Ping), "a", content: "later") };
        await courier.SendAsync("r.agent", later, later.Header, null, Stop);
        Assert.Equal(later.Header.MessageId, await received.Reader.ReadAsync(Stop).InTimeAsync());
        await bus.StopAsync(Stop);
    }

    [Fact]
    public async Task A_wrong_password_an_unknown_virtual_host_and_a_silent_port_are_told_apart()
    {
        var url = new UriBuilder(broker.Url("refusals"));
        string good = url.Path;
        (url.Password, string password) = ("wrong-secret", url.Password);
        string refused = await Refusal(url.Uri, Patience);
        (url.Password, url.Path) = (password, "no-such-host");
        string unknown = await Refusal(url.Uri, Patience);
        (url.Port, url.Path) = (1, good);
        string silent = await Refusal(url.Uri, TimeSpan.FromSeconds(2));

        Assert.Contains($"refuses user {url.UserName} or its password", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", refused, StringComparison.Ordinal);
        Assert.Contains("into virtual host no-such-host", unknown, StringComparison.Ordinal);
        Assert.Contains($"No broker answers at {url.Host}:1 within 2 s", silent, StringComparison.Ordinal);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Courier Courier(MessageBus bus) => new(bus, TimeProvider.System, Patience);

    private Task<MessageBus> Start(string virtualHost) =>
        BusFactory.StartAsync(new BrokerOptions { Url = broker.Url(virtualHost) }, TimeProvider.System, loggers: null, Stop);

    private static async Task<string> Refusal(Uri url, TimeSpan within)
    {
        var options = new BrokerOptions { Url = url.AbsoluteUri, ConnectTimeout = within };
        return (await Assert.ThrowsAsync<BrokerUnreachableException>(() => BusFactory.StartAsync(options, TimeProvider.System, null, Stop))).Message;
    }

    private BlobPeer Peer(string queue) => new("agent-1", queue, queue + ".chunks", (kind, content) =>
        stamp.About(kind, "agent-1", content: content));

    private static async Task Listen(MessageBus bus, string queue, BlobExchange exchange, BlobPeer peer)
    {
        await bus.ConnectQueue(queue, QueueKind.AgentControl, e =>
        {
            e.Handler<BlobAnnounced>(c => exchange.OnAnnouncedAsync(c.Message, peer, c.CancellationToken));
            e.Handler<BlobWanted>(c => exchange.OnWantedAsync(c.Message, peer, c.CancellationToken));
        }).Ready.InTimeAsync();
        await bus.ConnectQueue(
            queue + ".chunks",
            QueueKind.AgentChunks,
            e => e.Handler<BlobChunk>(c => exchange.OnChunkAsync(c.Message, peer, c.CancellationToken)))
            .Ready.InTimeAsync();
    }
}
