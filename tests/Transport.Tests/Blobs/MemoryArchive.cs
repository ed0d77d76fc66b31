using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Transport.Tests.Blobs;

/// <summary>An archive in memory, which can take nothing for a while and can give back other bytes than it got.</summary>
internal sealed class MemoryArchive : IBodyArchive
{
    private readonly Dictionary<string, (BlobClaim Claim, byte[] Body)> bodies = new(StringComparer.Ordinal);
    private bool isFull;

    public int Reads { get; private set; }

    public BlobClaim? Find(string sha256) => bodies.TryGetValue(sha256, out (BlobClaim Claim, byte[] Body) body) ? body.Claim : null;

    public void Put(BlobClaim claim, string file) => bodies[claim.Sha256] =
        isFull ? throw new IOException("The archive is full.") : (claim, File.ReadAllBytes(file));

    public void Read(string sha256, Stream target)
    {
        Reads++;
        target.Write(bodies[sha256].Body);
    }

    public void Remove(string sha256) => bodies.Remove(sha256);

    public IReadOnlyCollection<string> Held() => [.. bodies.Keys];

    /// <summary>Takes nothing while something is done.</summary>
    public void IsFullFor(Action act)
    {
        isFull = true;
        act();
        isFull = false;
    }

    /// <summary>Turns one bit of a body around.</summary>
    public void Damage(string sha256) => bodies[sha256].Body[0] ^= 1;
}
