using System.Globalization;
using System.Security.Cryptography;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Testing.Network;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Integration.Tests;

/// <summary>Bodies over slow, late and broken links, both ways, with a real broker.</summary>
public sealed class BadLinkTests(BrokerFixture broker) : IDisposable
{
    private const int MostAttempts = 60;

    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_body_passes_a_slow_link_that_is_cut(bool handsOver) =>
        PassAsync(handsOver, 200_000, bytesPerSecond: 64_000, TimeSpan.FromMilliseconds(100), cutAfter: 100_000, cuts: 1);

    [Theory(Explicit = true)]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_megabyte_passes_at_8_kB_a_second_with_600_ms_delay_and_cuts(bool handsOver) =>
        PassAsync(handsOver, 1_000_000, bytesPerSecond: 8_000, TimeSpan.FromMilliseconds(600), cutAfter: 300_000, cuts: 3);

    [Fact]
    public async Task A_transfer_goes_on_after_a_connection_died_without_a_word()
    {
        await using var link = new TcpProxy("127.0.0.1", broker.Own.Port, 1_000_000, TimeSpan.FromMilliseconds(5));
        link.Start();
        MessageBus near = await StartAsync(link.Port);
        MessageBus far = await StartAsync(broker.Own.Port);
        BlobStore source = new(folder.In("near")), target = new(folder.In("far"));
        BlobClaim claim = source.Put(RandomNumberGenerator.GetBytes(1_000_000), "int8");
        using BlobExchange sender = Exchange(near, source), receiver = Exchange(far, target);
        await ListenAsync(near, "half.near", sender, Peer("half.far"));
        await ListenAsync(far, "half.far", receiver, Peer("half.near"), onChunk: link.Freeze);

        await PersistAsync(() => sender.HandOverAsync(claim, Peer("half.far"), Stop));

        Assert.Equal(source.ReadAll(claim.Sha256), target.ReadAll(claim.Sha256));
        await StopAsync(near, far);
    }

    private async Task PassAsync(bool handsOver, int bytes, int bytesPerSecond, TimeSpan delay, long cutAfter, int cuts)
    {
        string name = $"{bytesPerSecond}.{handsOver}";
        await using var link = new TcpProxy("127.0.0.1", broker.Own.Port, bytesPerSecond, delay, cutAfter, cuts);
        link.Start();
        MessageBus near = await StartAsync(link.Port);
        MessageBus far = await StartAsync(broker.Own.Port);
        BlobStore nearStore = new(folder.In("near")), farStore = new(folder.In("far"));
        BlobClaim claim = (handsOver ? nearStore : farStore).Put(RandomNumberGenerator.GetBytes(bytes), "int8");
        using BlobExchange own = Exchange(near, nearStore), other = Exchange(far, farStore);
        await ListenAsync(far, name + ".far", other, Peer(name + ".near"));
        await ListenAsync(near, name + ".near", own, Peer(name + ".far"));

        await PersistAsync(() => handsOver ? own.HandOverAsync(claim, Peer(name + ".far"), Stop) : own.FetchAsync(claim, Peer(name + ".far"), Stop));

        Assert.Equal(nearStore.ReadAll(claim.Sha256), farStore.ReadAll(claim.Sha256));
        Assert.Equal(cuts, link.Cuts);
        TestContext.Current.SendDiagnosticMessage($"{name}: {link.Passed} bytes passed");
        await StopAsync(near, far);
    }

    private static BlobExchange Exchange(MessageBus bus, BlobStore store) =>
        new(store, new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(30)), TimeProvider.System, TimeSpan.FromSeconds(8));

    /// <summary>As an agent does: an attempt that ended in silence is followed by another.</summary>
    private static async Task PersistAsync(Func<Task> transfer)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await transfer();
                return;
            }
            catch (Exception broken) when (attempt < MostAttempts && (broken is TimeoutException || BrokerAnswers.IsOutage(broken)))
            {
                TestContext.Current.SendDiagnosticMessage($"attempt {attempt}: {broken.Message}");
            }
        }
    }

    private static Task<MessageBus> StartAsync(int port) => BusFactory.StartAsync(
        new BrokerOptions
        {
            Url = string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{port}/slow"),
            Heartbeat = TimeSpan.FromSeconds(5),
        },
        TimeProvider.System,
        null,
        Stop);

    private static async Task StopAsync(params MessageBus[] buses)
    {
        foreach (MessageBus bus in buses)
        {
            await BusFactory.StopAsync(bus);
        }
    }

    private BlobPeer Peer(string queue) => new("agent-1", queue, queue + ".chunks", (kind, content) =>
        stamp.About(kind, "agent-1", content: content));

    private static async Task ListenAsync(MessageBus bus, string queue, BlobExchange exchange, BlobPeer peer, Action? onChunk = null)
    {
        await bus.ConnectQueue(queue, QueueKind.AgentControl, e =>
        {
            e.Handler<BlobAnnounced>(c => exchange.OnAnnouncedAsync(c.Message, peer, c.CancellationToken));
            e.Handler<BlobWanted>(c =>
            {
                // Not awaited, as both services do: the queue must go on.
                _ = exchange.OnWantedAsync(c.Message, peer, c.CancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
                return Task.CompletedTask;
            });
        }).Ready.WaitAsync(TimeSpan.FromMinutes(2), Stop);
        Action? first = onChunk;
        await bus.ConnectQueue(queue + ".chunks", QueueKind.AgentChunks, e => e.Handler<BlobChunk>(c =>
        {
            Interlocked.Exchange(ref first, null)?.Invoke();
            return exchange.OnChunkAsync(c.Message, peer, c.CancellationToken);
        })).Ready.WaitAsync(TimeSpan.FromMinutes(2), Stop);
    }
}
