using System.Security.Cryptography;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Transport.Tests.Blobs;

/// <summary>Bodies that are not what they are named, or that the disk has lost something of, are as absent as if they had never come.</summary>
public sealed class DamagedBodyTests : IDisposable
{
    private readonly BlobStores stores = new();

    public void Dispose() => stores.Dispose();

    [Fact]
    public void A_body_whose_chunks_are_right_but_whose_name_is_not_is_thrown_away()
    {
        BlobStore target = stores.Open("b");
        byte[] body = BlobStores.Bytes(1500);
        var lie = new BlobClaim { Sha256 = new string('a', 64), Size = body.Length, ChunkSize = 1000, Codec = "int8" };

        target.AddChunk(lie, Honest(lie, 0, body[..1000]));

        Assert.Equal(ChunkOutcome.BodyCorrupt, target.AddChunk(lie, Honest(lie, 1, body[1000..])));
        Assert.False(target.Contains(lie.Sha256));
        Assert.Equal([0, 1], target.Missing(lie));
        Assert.Empty(Directory.EnumerateFiles(stores.Path, "*aaaa*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_body_whose_last_chunk_met_a_failing_disk_is_not_complete_and_the_chunk_is_wanted_again()
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        BlobClaim claim = source.Put(BlobStores.Bytes(2500), "int8", chunkSize: 1000);
        target.AddChunk(claim, BlobStores.Chunk(source, claim, 0));
        target.AddChunk(claim, BlobStores.Chunk(source, claim, 1));
        string inTheWay = Path.Combine(stores.Path, "b", claim.Sha256[..2]);
        File.WriteAllText(inTheWay, "a file where the folder should be");

        Assert.ThrowsAny<IOException>(() => target.AddChunk(claim, BlobStores.Chunk(source, claim, 2)));
        Assert.Equal([2], target.Missing(claim));
        Assert.Equal([2], stores.Open("b").Missing(claim));

        File.Delete(inTheWay);
        Assert.Equal(ChunkOutcome.BodyComplete, target.AddChunk(claim, BlobStores.Chunk(source, claim, 2)));
        Assert.Equal(source.ReadAll(claim.Sha256), target.ReadAll(claim.Sha256));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"Sha256":"0000000000000000000000000000000000000000000000000000000000000000","Size":2500,"ChunkSize":1000,"Codec":"int8"}""")]
    public void A_damaged_claim_is_set_aside_and_the_body_is_wanted_again(string content)
    {
        (BlobStore source, BlobStore target) = (stores.Open("a"), stores.Open("b"));
        BlobClaim claim = source.Put(BlobStores.Bytes(2500), "int8", chunkSize: 1000);
        target.Put(BlobStores.Bytes(2500), "int8", chunkSize: 1000);
        File.WriteAllText(Path.Combine(stores.Path, "b", claim.Sha256[..2], claim.Sha256 + ".json"), content);

        BlobStore successor = stores.Open("b");

        Assert.False(successor.Contains(claim.Sha256));
        Assert.Equal([0, 1, 2], successor.Missing(claim));
        Assert.True(File.Exists(Path.Combine(stores.Path, "b", "damaged", claim.Sha256 + ".json")));
        for (int i = 0; i < 3; i++)
        {
            successor.AddChunk(claim, BlobStores.Chunk(source, claim, i));
        }

        Assert.Equal(source.ReadAll(claim.Sha256), successor.ReadAll(claim.Sha256));
    }

    [Fact]
    public void A_body_that_lost_its_tail_is_set_aside()
    {
        BlobStore store = stores.Open("b");
        BlobClaim claim = store.Put(BlobStores.Bytes(2500), "int8");
        File.WriteAllBytes(store.FileOf(claim.Sha256), BlobStores.Bytes(2000));

        Assert.False(store.Contains(claim.Sha256));
        Assert.Single(store.Missing(claim));
    }

    private static BlobChunk Honest(BlobClaim claim, int index, byte[] content) => new()
    {
        AgentId = "agent-1",
        Sha256 = claim.Sha256,
        Index = index,
        ChunkSha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
        Content = content,
    };
}
