using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Transport.Tests.Blobs;

/// <summary>Stores in a folder that is thrown away, and what to put into them.</summary>
internal sealed class BlobStores : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public string Path => folder.Path;

    public void Dispose() => folder.Dispose();

    public BlobStore Open(string name, BlobLimits? limits = null) => new(System.IO.Path.Combine(Path, name), limits);

    public static BlobClaim Claim(char digit) => new() { Sha256 = new string(digit, 64), Size = 10, ChunkSize = 10, Codec = "int8" };

    public static BlobChunk Chunk(BlobStore store, BlobClaim claim, int index) =>
        store.ReadChunk(claim.Sha256, index, "agent-1") ?? throw new InvalidOperationException($"no chunk {index}");

    public static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(17).NextBytes(bytes);
        return bytes;
    }
}
