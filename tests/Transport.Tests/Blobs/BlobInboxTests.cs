using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Transport.Tests.Blobs;

public sealed class BlobInboxTests : IDisposable
{
    private static readonly Guid Run = Guid.NewGuid();
    private static readonly MessageStamp Stamp = new(Guid.NewGuid(), TimeProvider.System);

    private readonly TemporaryFolder folder = new();
    private readonly StoppedClock clock = new();
    private readonly BlobStore source;
    private readonly BlobStore store;

    public BlobInboxTests()
    {
        source = new BlobStore(Path.Combine(folder.Path, "source"));
        store = new BlobStore(Path.Combine(folder.Path, "store"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Who_announces_a_thousand_bodies_and_sends_none_keeps_nobody_out()
    {
        BlobInbox inbox = Inbox(new TransferLimits { PerAgent = 2, InAll = 6 });
        for (int i = 0; i < 1000; i++)
        {
            inbox.Expect("liar", Body(i));
        }

        BlobClaim honest = Body(5000);
        Assert.Equal([0, 1], inbox.Expect("agent-1", honest).Missing);
        Assert.NotNull(Send(inbox, "agent-1", honest, 0).Outcome);
        Assert.Null(Send(inbox, "liar", Body(0), 0).Outcome);
        Assert.NotNull(Send(inbox, "liar", Body(999), 0).Outcome);
    }

    [Fact]
    public void Without_a_place_a_body_is_refused_until_others_were_silent_for_long()
    {
        BlobInbox inbox = Inbox(new TransferLimits { InAll = 2 });
        inbox.Expect("a", Body(1));
        inbox.Expect("b", Body(2));
        Send(inbox, "b", Body(2), 0);

        Assert.Throws<BlobRefusedException>(() => inbox.Expect("c", Body(3)));
        clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal([0, 1], inbox.Expect("c", Body(3)).Missing);
        // What came of it before is not lost.
        Assert.Equal([1], inbox.Expect("b", Body(2)).Missing);
    }

    [Fact]
    public void A_body_of_a_later_round_gives_back_the_places_of_earlier_ones()
    {
        BlobInbox inbox = Inbox(new TransferLimits());
        inbox.Expect("agent-1", Body(1), About(round: 1));
        inbox.Expect("agent-2", Body(2), About(round: 1));
        Send(inbox, "agent-1", Body(1), 0);

        inbox.Expect("agent-1", Body(3), About(round: 2));

        Assert.Null(Send(inbox, "agent-1", Body(1), 1).Outcome);
        Assert.NotNull(Send(inbox, "agent-2", Body(2), 1).Outcome);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder.Path, "store"), $"{Body(1).Sha256}*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Chunks_grow_on_a_quick_link_and_shrink_again_when_nothing_came()
    {
        BlobInbox inbox = Inbox(new TransferLimits());
        BlobClaim claim = source.Put(new byte[4 << 20], "int8");
        BlobInbox.Question question = inbox.Expect("agent-1", claim);
        Assert.Equal((ChunkPace.Least, BlobInbox.Window), (question.ChunkSize, question.Missing.Count));

        clock.Advance(TimeSpan.FromSeconds(0.1));
        BlobInbox.Question? next = null;
        foreach (int index in question.Missing)
        {
            next = Send(inbox, "agent-1", claim, index, question.ChunkSize).Next;
        }

        Assert.Equal(4 * ChunkPace.Least, next!.ChunkSize);
        Assert.Equal(4, next.Missing[0]);
        BlobInbox.Question again = inbox.Expect("agent-1", claim);
        Assert.Equal(ChunkPace.Least, again.ChunkSize);
        Assert.Equal(16, again.Missing[0]);
    }

    private BlobInbox Inbox(TransferLimits limits) => new(store, clock, limits);

    private static MessageHeader About(int round) => Stamp.About(nameof(BlobAnnounced), "agent-1", Run, round);

    /// <summary>A body of two of the smallest chunks.</summary>
    private BlobClaim Body(int number)
    {
        byte[] body = new byte[2 * ChunkPace.Least];
        BitConverter.TryWriteBytes(body, number);
        return source.Put(body, "int8");
    }

    private (ChunkOutcome? Outcome, BlobInbox.Question? Next) Send(
        BlobInbox inbox, string agent, BlobClaim claim, int index, int chunkSize = ChunkPace.Least) =>
        inbox.Accept(source.ReadChunk(claim.Sha256, index, agent, chunkSize)!);
}
