using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Transport.Tests.Blobs;

public sealed class BlobStoreTests : IDisposable
{
    private readonly BlobStores stores = new();

    public void Dispose() => stores.Dispose();

    [Fact]
    public void A_body_put_into_one_store_and_carried_in_chunks_is_the_same_in_another()
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        byte[] body = BlobStores.Bytes(10_007);
        BlobClaim claim = source.Put(body, "int8", chunkSize: 1000);

        IReadOnlyList<int> missing = target.Missing(claim);
        ChunkOutcome[] outcomes = [.. missing.Reverse().Select(i => target.AddChunk(claim, BlobStores.Chunk(source, claim, i)))];

        Assert.Equal(Enumerable.Range(0, 11), missing);
        Assert.All(outcomes[..^1], outcome => Assert.Equal(ChunkOutcome.Stored, outcome));
        Assert.Equal(ChunkOutcome.BodyComplete, outcomes[^1]);
        Assert.Equal(body, target.ReadAll(claim.Sha256));
        Assert.Equal(claim, target.Find(claim.Sha256));
        Assert.Empty(target.Missing(claim));
    }

    [Fact]
    public void The_same_chunk_twice_changes_nothing()
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        BlobClaim claim = source.Put(BlobStores.Bytes(2500), "int8", chunkSize: 1000);

        target.AddChunk(claim, BlobStores.Chunk(source, claim, 1));

        Assert.Equal(ChunkOutcome.AlreadyHeld, target.AddChunk(claim, BlobStores.Chunk(source, claim, 1)));
        Assert.Equal([0, 2], target.Missing(claim));
    }

    [Fact]
    public void A_new_process_goes_on_where_the_old_one_stopped()
    {
        BlobStore source = stores.Open("a");
        BlobClaim claim = source.Put(BlobStores.Bytes(5000), "int8", chunkSize: 1000);
        stores.Open("b").AddChunk(claim, BlobStores.Chunk(source, claim, 3));

        BlobStore restarted = stores.Open("b");

        Assert.Equal([0, 1, 2, 4], restarted.Missing(claim));
        foreach (int index in restarted.Missing(claim))
        {
            restarted.AddChunk(claim, BlobStores.Chunk(source, claim, index));
        }

        Assert.Equal(source.ReadAll(claim.Sha256), restarted.ReadAll(claim.Sha256));
    }

    [Fact]
    public void A_chunk_with_wrong_index_length_or_bytes_is_not_stored()
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        BlobClaim claim = source.Put(BlobStores.Bytes(2500), "int8", chunkSize: 1000);
        BlobChunk good = BlobStores.Chunk(source, claim, 2);
        byte[] flipped = good.Content.ToArray();
        flipped[7] ^= 1;

        Assert.Equal(ChunkOutcome.WrongIndex, target.AddChunk(claim, good with { Index = 3 }));
        Assert.Equal(ChunkOutcome.WrongIndex, target.AddChunk(claim, good with { Index = -1 }));
        Assert.Equal(ChunkOutcome.WrongLength, target.AddChunk(claim, good with { Index = 1 }));
        Assert.Equal(ChunkOutcome.WrongLength, target.AddChunk(claim, good with { Content = good.Content[1..] }));
        Assert.Equal(ChunkOutcome.WrongHash, target.AddChunk(claim, good with { Content = flipped }));
        Assert.Equal(ChunkOutcome.WrongHash, target.AddChunk(claim, good with { Sha256 = new string('0', 64) }));
        Assert.Equal([0, 1, 2], target.Missing(claim));
    }

    [Theory]
    [InlineData("../../etc/passwd", 10L, 1000, "int8", "SHA-256")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 10L, 1000, "int8", "SHA-256")]
    [InlineData(null, 0L, 1000, "int8", "0 bytes")]
    [InlineData(null, 1L << 40, 1 << 20, "int8", "1 … 1048576")]
    [InlineData(null, 10L, 0, "int8", "chunk size is 0")]
    [InlineData(null, 10L, 1 << 30, "int8", "chunk size is 1073741824")]
    [InlineData(null, 10L, 1000, "../int8", "codec")]
    public void A_claim_beyond_the_limits_is_refused_before_anything_is_written(string? sha256, long size, int chunkSize, string codec, string said)
    {
        BlobStore store = stores.Open("b", new BlobLimits { MaxBlobBytes = 1 << 20 });
        var claim = new BlobClaim { Sha256 = sha256 ?? new string('0', 64), Size = size, ChunkSize = chunkSize, Codec = codec };

        var refused = Assert.Throws<BlobRefusedException>(() => store.Missing(claim));

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(stores.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_body_in_too_many_chunks_is_refused()
    {
        var claim = new BlobClaim { Sha256 = new string('0', 64), Size = 2L << 30, ChunkSize = 1, Codec = "int8" };

        Assert.Throws<BlobRefusedException>(() => stores.Open("b").Missing(claim));
    }

    [Fact]
    public void An_announcement_without_a_chunk_leaves_nothing_behind()
    {
        BlobStore store = stores.Open("b");

        Assert.Single(store.Missing(BlobStores.Claim('1')));

        Assert.Empty(Directory.EnumerateFiles(stores.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void More_bodies_than_are_kept_in_hand_may_be_incomplete_and_all_go_on()
    {
        BlobStore target = stores.Open("b", new BlobLimits { MaxParts = 2 });
        BlobStore source = stores.Open("a");
        BlobClaim[] claims = [.. Enumerable.Range(1, 5).Select(i => source.Put(BlobStores.Bytes(2000 + i), "int8", chunkSize: 1000))];
        foreach (int index in new[] { 0, 2, 1 })
        {
            foreach (BlobClaim claim in claims)
            {
                target.AddChunk(claim, BlobStores.Chunk(source, claim, index));
            }
        }

        Assert.All(claims, claim => Assert.Equal(source.ReadAll(claim.Sha256), target.ReadAll(claim.Sha256)));
    }

    [Fact]
    public void Bodies_that_are_begun_and_never_completed_take_a_bounded_place_on_the_disk()
    {
        BlobStore target = stores.Open("b", new BlobLimits { MaxParts = 2, MaxPartFiles = 4 });
        BlobStore source = stores.Open("a");
        BlobClaim newest = BlobStores.Claim('0');
        for (int i = 1; i <= 50; i++)
        {
            newest = source.Put(BlobStores.Bytes(2000 + i), "int8", chunkSize: 1000);
            target.AddChunk(newest, BlobStores.Chunk(source, newest, 0));
        }

        // A part is two files.
        Assert.InRange(Directory.EnumerateFiles(Path.Combine(stores.Path, "b", "parts")).Count(), 2, 2 * (4 + 2 + 1));
        Assert.Equal([1, 2], target.Missing(newest));
    }

    [Fact]
    public void Parts_of_bodies_that_nobody_needs_are_removed_and_what_is_held_is_known()
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        BlobClaim[] claims = [.. Enumerable.Range(1, 2).Select(i => source.Put(BlobStores.Bytes(2000 + i), "int8", chunkSize: 1000))];
        foreach (BlobClaim claim in claims)
        {
            target.AddChunk(claim, BlobStores.Chunk(source, claim, 0));
        }

        BlobClaim whole = target.Put(BlobStores.Bytes(10), "int8");
        Assert.Equal([.. claims.Select(claim => claim.Sha256).Append(whole.Sha256).Order()], target.Held().Order());

        target.RemoveParts(new HashSet<string> { claims[0].Sha256 });

        Assert.Equal([.. new[] { claims[1].Sha256, whole.Sha256 }.Order()], target.Held().Order());
        Assert.Equal([0, 1, 2], target.Missing(claims[0]));
        Assert.Equal([1, 2], target.Missing(claims[1]));
        target.Remove(new string('0', 64));
    }

    [Fact]
    public void Chunks_may_become_larger_and_smaller_on_the_way()
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        BlobClaim claim = source.Put(BlobStores.Bytes((20 * ChunkPace.Least) + 7), "int8");
        target.AddChunk(claim, source.ReadChunk(claim.Sha256, 1, "agent-1", ChunkPace.Least)!);
        target.AddChunk(claim, source.ReadChunk(claim.Sha256, 2, "agent-1", 4 * ChunkPace.Least)!);
        BlobStore restarted = stores.Open("b");

        Assert.Equal([0, 1, 3, 4, 5], restarted.Missing(claim, chunkSize: 4 * ChunkPace.Least));
        Assert.Equal([0, 2, 3, 4, 5, 6, 7, 12], restarted.Missing(claim, 8, ChunkPace.Least));
        foreach (int index in restarted.Missing(claim, chunkSize: 2 * ChunkPace.Least))
        {
            restarted.AddChunk(claim, source.ReadChunk(claim.Sha256, index, "agent-1", 2 * ChunkPace.Least)!);
        }

        Assert.Equal(source.ReadAll(claim.Sha256), restarted.ReadAll(claim.Sha256));
        Assert.Equal(claim, restarted.Find(claim.Sha256));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1 << 30)]
    public void A_size_of_chunks_beyond_the_limits_is_never_answered_and_never_taken(int chunkSize)
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        BlobClaim claim = source.Put(BlobStores.Bytes(2500), "int8", chunkSize: 1000);

        Assert.Null(source.ReadChunk(claim.Sha256, 0, "agent-1", chunkSize));
        Assert.Equal(ChunkOutcome.WrongLength, target.AddChunk(claim, BlobStores.Chunk(source, claim, 0) with { ChunkSize = chunkSize }));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("")]
    [InlineData("zz")]
    public void A_name_that_is_no_hash_is_never_found(string name)
    {
        BlobStore store = stores.Open("b");

        Assert.False(store.Contains(name));
        Assert.Null(store.ReadChunk(name, 0, "a"));
        Assert.Throws<FileNotFoundException>(() => store.ReadAll(name));
    }

    [Fact]
    public void Many_threads_may_hand_in_the_same_body()
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        BlobClaim claim = source.Put(BlobStores.Bytes(64_000), "int8", chunkSize: 1000);
        BlobChunk[] chunks = [.. Enumerable.Range(0, 64).Select(i => BlobStores.Chunk(source, claim, i))];

        ChunkOutcome[] outcomes = [.. Enumerable.Range(0, 4 * chunks.Length).AsParallel().WithDegreeOfParallelism(4).Select(
            i => target.AddChunk(claim, chunks[i % chunks.Length]))];

        Assert.Equal(1, outcomes.Count(o => o == ChunkOutcome.BodyComplete));
        Assert.Equal(source.ReadAll(claim.Sha256), target.ReadAll(claim.Sha256));
    }
}
