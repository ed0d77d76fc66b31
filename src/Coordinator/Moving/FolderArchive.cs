using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>The bodies of one run in its folder. Those that are not complete do not count.</summary>
internal sealed class FolderArchive(string folder) : IBodyArchive
{
    private readonly BlobStore bodies = new(folder);

    public BlobClaim? Find(string sha256) => bodies.Find(sha256);

    public IReadOnlyCollection<string> Held() => [.. bodies.Held().Where(sha256 => bodies.Find(sha256) is not null)];

    public void Put(BlobClaim claim, string file)
    {
        bodies.Remove(claim.Sha256);
        if (new BlobStore(folder, archive: new OneBody(claim, file)).Find(claim.Sha256) is null)
        {
            throw new IOException($"'{file}' is not the body {claim.Sha256}");
        }
    }

    public void Read(string sha256, Stream target)
    {
        using FileStream body = bodies.OpenRead(sha256);
        body.CopyTo(target);
    }

    public void Remove(string sha256) => bodies.Remove(sha256);

    /// <summary>A body in a file, for a store that fetches it, checks it and keeps it as its own.</summary>
    private sealed class OneBody(BlobClaim claim, string file) : IBodyArchive
    {
        public BlobClaim? Find(string sha256) => sha256 == claim.Sha256 ? claim : null;

        public IReadOnlyCollection<string> Held() => [claim.Sha256];

        public void Read(string sha256, Stream target)
        {
            using FileStream body = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            body.CopyTo(target);
        }

        public void Put(BlobClaim claim, string file) => throw new NotSupportedException("It is read only.");

        public void Remove(string sha256) => throw new NotSupportedException("It is read only.");
    }
}
