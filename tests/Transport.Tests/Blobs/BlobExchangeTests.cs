using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Transport.Tests.Blobs;

/// <summary>Two stores, one bus in memory, the real conversation between them.</summary>
public sealed class BlobExchangeTests : IAsyncLifetime
{
    private const string Agent = "agent-1";

    private readonly TemporaryFolder folder = new();
    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);
    private MessageBus bus = null!;
    private Side near = null!;
    private Side far = null!;

    public async ValueTask InitializeAsync()
    {
        bus = await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, loggers: null, Stop);
        near = new Side(bus, Path.Combine(folder.Path, "near"), Peer("far"), TimeSpan.FromSeconds(20));
        far = new Side(bus, Path.Combine(folder.Path, "far"), Peer("near"), TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        await bus.StopAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_body_of_many_windows_is_handed_over()
    {
        await Listen();
        byte[] body = Bytes(40 * ChunkPace.Least);
        BlobClaim claim = near.Store.Put(body, "int8");

        await near.Exchange.HandOverAsync(claim, near.Peer, Stop);

        Assert.Equal(body, far.Store.ReadAll(claim.Sha256));
        Assert.Equal(claim, far.Store.Find(claim.Sha256));
        // Sixteen of the smallest, then as large as memory is quick.
        Assert.InRange(far.ChunksReceived, 17, 40);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_goes_no_faster_than_the_owner_allows(bool handsOver)
    {
        const int Chunks = 40;
        const long Rate = ChunkPace.Least;
        var clock = new JumpingClock();
        near = new Side(bus, Path.Combine(folder.Path, "near"), Peer("far"), TimeSpan.FromSeconds(20))
        {
            Bandwidth = handsOver ? new() { Up = new Bandwidth(Rate, clock) } : new() { Down = new Bandwidth(Rate, clock) },
        };
        await Listen();
        BlobClaim claim = (handsOver ? near : far).Store.Put(Bytes(Chunks * ChunkPace.Least), "int8");

        await (handsOver ? near.Exchange.HandOverAsync(claim, near.Peer, Stop) : near.Exchange.FetchAsync(claim, near.Peer, Stop));

        // A second for each of the smallest chunks. One second's worth is there at the beginning, and the last that is taken waits for nothing
        // more: a chunk
        // of at most four times the size, or the question for all chunks after the first sixteen.
        (double least, double most) = handsOver ? (Chunks - 1 - 4, Chunks) : (16 - 1, Chunks);
        Assert.InRange(clock.Waited.TotalSeconds, least, most);
    }

    [Fact]
    public async Task A_body_is_fetched_and_then_never_again()
    {
        await Listen();
        BlobClaim claim = far.Store.Put(Bytes((3 * ChunkPace.Least) + 500), "int8");

        await near.Exchange.FetchAsync(claim, near.Peer, Stop);
        await near.Exchange.FetchAsync(claim, near.Peer, Stop);

        Assert.Equal(far.Store.ReadAll(claim.Sha256), near.Store.ReadAll(claim.Sha256));
        Assert.Equal(4, near.ChunksReceived);
    }

    [Fact]
    public async Task Only_what_the_other_side_lacks_is_sent()
    {
        await Listen();
        BlobClaim claim = near.Store.Put(Bytes(10 * ChunkPace.Least), "int8");
        for (int i = 0; i < 7; i++)
        {
            far.Store.AddChunk(claim, near.Store.ReadChunk(claim.Sha256, i, Agent, ChunkPace.Least)!);
        }

        await near.Exchange.HandOverAsync(claim, near.Peer, Stop);

        Assert.Equal(3, far.ChunksReceived);
        Assert.True(far.Store.Contains(claim.Sha256));
    }

    [Fact]
    public async Task A_body_the_other_side_does_not_have_is_refused_with_the_reason()
    {
        await Listen();
        var claim = new BlobClaim { Sha256 = new string('e', 64), Size = 10, ChunkSize = 10, Codec = "int8" };

        var refused = await Assert.ThrowsAsync<BlobRefusedException>(() => near.Exchange.FetchAsync(claim, near.Peer, Stop));

        Assert.Contains("is not here", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_too_large_for_the_other_side_is_refused_with_the_limit()
    {
        far = new Side(bus, Path.Combine(folder.Path, "small"), Peer("near"), TimeSpan.FromSeconds(20), new BlobLimits { MaxBlobBytes = 100 });
        await Listen();
        BlobClaim claim = near.Store.Put(Bytes(101), "int8");

        var refused = await Assert.ThrowsAsync<BlobRefusedException>(() => near.Exchange.HandOverAsync(claim, near.Peer, Stop));

        Assert.Contains("101 bytes; 1 … 100", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_ends_an_attempt_and_the_next_one_goes_on()
    {
        near = new Side(bus, Path.Combine(folder.Path, "near"), Peer("far"), TimeSpan.FromMilliseconds(100));
        BlobClaim claim = near.Store.Put(Bytes(5000), "int8", chunkSize: 1000);

        await Assert.ThrowsAsync<TimeoutException>(() => near.Exchange.HandOverAsync(claim, near.Peer, Stop));

        near = new Side(bus, Path.Combine(folder.Path, "near"), Peer("far"), TimeSpan.FromSeconds(20));
        await Listen();
        await near.Exchange.HandOverAsync(claim, near.Peer, Stop);
        Assert.True(far.Store.Contains(claim.Sha256));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transfer_that_one_process_was_told_of_goes_on_with_the_next(bool handsOver)
    {
        await Listen();
        far.IsDying = true;
        BlobClaim claim = (handsOver ? near : far).Store.Put(Bytes(5000), "int8", chunkSize: 1000);
        Task transfer = handsOver ? near.Exchange.HandOverAsync(claim, near.Peer, Stop) : near.Exchange.FetchAsync(claim, near.Peer, Stop);
        await far.Died.WaitAsync(Stop);

        far.IsDying = false;
        near.Exchange.StartAgain();
        await transfer;

        Assert.True(near.Store.Contains(claim.Sha256) && far.Store.Contains(claim.Sha256));
    }

    [Fact]
    public async Task A_chunk_nobody_asked_for_is_not_stored()
    {
        BlobClaim claim = near.Store.Put(Bytes(10), "int8");

        ChunkOutcome? outcome = await far.Exchange.OnChunkAsync(near.Store.ReadChunk(claim.Sha256, 0, Agent)!, far.Peer, Stop);

        Assert.Null(outcome);
        Assert.False(far.Store.Contains(claim.Sha256));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private BlobPeer Peer(string side) => new(Agent, $"q.{side}", $"q.{side}.chunks", (kind, content) => stamp.About(kind, Agent, content: content));

    private async Task Listen()
    {
        await near.Listen(bus, "q.near");
        await far.Listen(bus, "q.far");
    }

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(17).NextBytes(bytes);
        return bytes;
    }

    private sealed class Side(MessageBus bus, string folder, BlobPeer peer, TimeSpan silence, BlobLimits? limits = null)
    {
        private readonly TaskCompletionSource died = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int chunks;

        /// <summary>Takes messages and does nothing about them.</summary>
        public bool IsDying { get; set; }

        /// <summary>Done when a message was lost that way.</summary>
        public Task Died => died.Task;

        public BandwidthLimits? Bandwidth { get; init; }

        public BlobStore Store { get; } = new(folder, limits);

        public BlobPeer Peer => peer;

        public BlobExchange Exchange =>
            field ??= new BlobExchange(
                Store,
                new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(10)),
                TimeProvider.System,
                silence,
                bandwidth: Bandwidth);

        public int ChunksReceived => chunks;

        private Task Lose()
        {
            died.TrySetResult();
            return Task.CompletedTask;
        }

        public async Task Listen(MessageBus on, string queue)
        {
            await on.ConnectQueue(queue, QueueKind.AgentControl, e =>
            {
                e.Handler<BlobAnnounced>(c => IsDying ? Lose() : Exchange.OnAnnouncedAsync(c.Message, peer, c.CancellationToken));
                e.Handler<BlobWanted>(c => IsDying ? Lose() : Exchange.OnWantedAsync(c.Message, peer, c.CancellationToken));
                e.Handler<BlobRefused>(c =>
                {
                    Exchange.OnRefused(c.Message, peer);
                    return Task.CompletedTask;
                });
            }).Ready.WaitAsync(Stop);
            await on.ConnectQueue(queue + ".chunks", QueueKind.AgentChunks, e => e.Handler<BlobChunk>(async c =>
            {
                Interlocked.Increment(ref chunks);
                await Exchange.OnChunkAsync(c.Message, peer, c.CancellationToken);
            })).Ready.WaitAsync(Stop);
        }
    }
}
