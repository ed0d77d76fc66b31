using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Store.S3;

/// <summary>Bodies as objects of their own names, without the database that says which there are.</summary>
internal sealed class OneObjectEach(Coordinator.Store.S3.ObjectStore objects) : IBodyArchive
{
    private readonly Dictionary<string, BlobClaim> claims = new(StringComparer.Ordinal);

    public BlobClaim? Find(string sha256) => claims.GetValueOrDefault(sha256);

    public void Put(BlobClaim claim, string file)
    {
        objects.PutAsync(claim.Sha256, file, CancellationToken.None).GetAwaiter().GetResult();
        claims[claim.Sha256] = claim;
    }

    public void Read(string sha256, Stream target) =>
        objects.ReadAsync(sha256, target, claims[sha256].Size, CancellationToken.None).GetAwaiter().GetResult();

    public void Remove(string sha256) => claims.Remove(sha256);

    public IReadOnlyCollection<string> Held() => claims.Keys;
}
