using System.Globalization;
using System.Security.Cryptography;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Testing.Network;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Integration.Tests.Given;

/// <summary>Two sides that exchange bodies over a real broker, one of them behind a bad link.</summary>
/// <param name="patience">How long an answer of the broker is waited for; the worst links want half a minute.</param>
/// <param name="heartbeat">By which a connection that died without a word is missed.</param>
internal sealed class BadLink(PrivateBroker broker, TimeSpan patience, TimeSpan heartbeat) : IDisposable
{
    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public string In(string name) => folder.In(name);

    public void Dispose() => folder.Dispose();

    /// <summary>Has a body pass, begun again after each failure, and holds what arrived against what was sent.</summary>
    /// <param name="handsOver">Whether it goes to the other side; else it is fetched from there.</param>
    /// <param name="cutAfter">Bytes after which the link is cut, each time.</param>
    public async Task PassAsync(bool handsOver, int bytes, int bytesPerSecond, TimeSpan delay, long cutAfter, int cuts)
    {
        string name = $"{bytesPerSecond}.{handsOver}";
        await using var link = new TcpProxy("127.0.0.1", broker.Port, bytesPerSecond, delay, cutAfter, cuts);
        link.Start();
        MessageBus near = await StartAsync(link.Port);
        MessageBus far = await StartAsync(broker.Port);
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

    public BlobExchange Exchange(MessageBus bus, BlobStore store) =>
        new(store, new Courier(bus, TimeProvider.System, patience), TimeProvider.System, TimeSpan.FromSeconds(8));

    /// <summary>As an agent does: an attempt that ended in silence is followed by another.</summary>
    public static async Task PersistAsync(Func<Task> transfer)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await transfer();
                return;
            }
            catch (Exception broken) when (!Stop.IsCancellationRequested && (broken is TimeoutException || BrokerAnswers.IsOutage(broken)))
            {
                TestContext.Current.SendDiagnosticMessage($"attempt {attempt}: {broken.Message}");
            }
        }
    }

    public Task<MessageBus> StartAsync(int port) => BusFactory.StartAsync(
        new BrokerOptions
        {
            Url = string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{port}/slow"),
            Heartbeat = heartbeat,
        },
        TimeProvider.System,
        null,
        Stop);

    public static async Task StopAsync(params MessageBus[] buses)
    {
        foreach (MessageBus bus in buses)
        {
            await BusFactory.StopAsync(bus);
        }
    }

    public BlobPeer Peer(string queue) => new("agent-1", queue, queue + ".chunks", (kind, content) =>
        stamp.About(kind, "agent-1", content: content));

    public static async Task ListenAsync(MessageBus bus, string queue, BlobExchange exchange, BlobPeer peer, Action? onChunk = null)
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
        }).Ready.InTimeAsync();
        Action? first = onChunk;
        await bus.ConnectQueue(queue + ".chunks", QueueKind.AgentChunks, e => e.Handler<BlobChunk>(c =>
        {
            Interlocked.Exchange(ref first, null)?.Invoke();
            return exchange.OnChunkAsync(c.Message, peer, c.CancellationToken);
        })).Ready.InTimeAsync();
    }
}
