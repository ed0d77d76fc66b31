using System.Security.Cryptography;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Transport.Tests.Blobs;

/// <summary>A store with an archive has what the archive has, and its folder holds copies of it.</summary>
public sealed class ArchivedBlobStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MemoryArchive archive = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Another_machine_has_what_one_has_put_and_fetches_it_once()
    {
        byte[] body = Bytes(10_007);
        BlobClaim claim = Store("a").Put(body, "int8", chunkSize: 1000);
        BlobStore other = Store("b");

        Assert.Equal(claim, other.Find(claim.Sha256));
        Assert.Equal(body, other.ReadAll(claim.Sha256));
        Assert.Equal(1, archive.Reads);
        Assert.Empty(other.Missing(claim));
        Assert.Contains(claim.Sha256, other.Held());
    }

    [Fact]
    public void A_body_that_came_in_chunks_is_there_once_the_archive_has_it()
    {
        var source = new BlobStore(Path.Combine(folder.Path, "source"));
        BlobClaim claim = source.Put(Bytes(2500), "int8", chunkSize: 1000);
        BlobStore target = Store("a");
        target.AddChunk(claim, source.ReadChunk(claim.Sha256, 0, "agent")!);
        target.AddChunk(claim, source.ReadChunk(claim.Sha256, 1, "agent")!);
        BlobChunk last = source.ReadChunk(claim.Sha256, 2, "agent")!;
        archive.IsFullFor(() => Assert.Throws<IOException>(() => target.AddChunk(claim, last)));

        Assert.False(target.Contains(claim.Sha256));
        Assert.Equal([2], target.Missing(claim));
        Assert.Equal(ChunkOutcome.BodyComplete, target.AddChunk(claim, last));
        Assert.NotNull(archive.Find(claim.Sha256));
        Assert.True(target.Contains(claim.Sha256));
    }

    [Fact]
    public void What_the_archive_does_not_take_is_not_there()
    {
        BlobStore store = Store("a");
        byte[] body = Bytes(100);
        archive.IsFullFor(() => Assert.Throws<IOException>(() => store.Put(body, "int8")));

        Assert.False(store.Contains(Hash(body)));
    }

    [Fact]
    public void A_body_that_the_archive_gives_back_changed_is_lost_and_can_come_again()
    {
        byte[] body = Bytes(100);
        BlobClaim claim = Store("a").Put(body, "int8");
        archive.Damage(claim.Sha256);
        BlobStore other = Store("b");

        Assert.Null(other.Find(claim.Sha256));
        Assert.Null(other.Find(claim.Sha256));
        Assert.Equal(1, archive.Reads);
        other.Put(body, "int8");
        Assert.Equal(body, other.ReadAll(claim.Sha256));
        Assert.Equal(body, Store("c").ReadAll(claim.Sha256));
    }

    [Fact]
    public void What_another_machine_has_removed_is_dropped_here()
    {
        BlobStore first = Store("a");
        BlobClaim kept = first.Put(Bytes(100), "int8");
        BlobClaim removed = first.Put(Bytes(200), "int8");
        Store("b").Remove(removed.Sha256);

        first.DropStale();

        Assert.Equal([kept.Sha256], first.Held());
        Assert.False(first.Contains(removed.Sha256));
        first.KeepOnly([]);
        Assert.Empty(archive.Held());
    }

    private BlobStore Store(string name) => new(Path.Combine(folder.Path, name), archive: archive);

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)((i * 31) + count))];

    private static string Hash(byte[] body) => Convert.ToHexStringLower(SHA256.HashData(body));
}
