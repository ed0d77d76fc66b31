using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>
/// The bodies of one run in S3. The service that leads is the only one that writes them, so what it knows of them holds for as long as its term.
/// </summary>
internal sealed class S3Bodies(BucketBodies bucket, Guid run) : IBodyArchive
{
    private readonly Lock gate = new();

    /// <summary>Held while a row changes and what is known of it: two who put the same body leave both saying the same.</summary>
    private readonly Lock changing = new();

    private Dictionary<string, (BlobClaim Claim, string Object)>? known;

    public BlobClaim? Find(string sha256)
    {
        lock (gate)
        {
            return Known().TryGetValue(sha256, out (BlobClaim Claim, string) found) ? found.Claim : null;
        }
    }

    public IReadOnlyCollection<string> Held()
    {
        lock (gate)
        {
            return [.. Known().Keys];
        }
    }

    public void Put(BlobClaim claim, string file) => bucket.Put(run, claim, file, name =>
    {
        lock (changing)
        {
            bucket.Name(run, claim, name);
            lock (gate)
            {
                Known()[claim.Sha256] = (claim, name);
            }
        }
    });

    public void Read(string sha256, Stream target)
    {
        (BlobClaim claim, string name) = Entry(sha256);
        long start = target.Position;
        try
        {
            bucket.Read(name, target, claim.Size);
        }
        catch (FileNotFoundException) when (Entry(sha256) is var (again, other) && other != name)
        {
            // It was put once more meanwhile.
            target.SetLength(start);
            target.Position = start;
            bucket.Read(other, target, again.Size);
        }
    }

    public void Remove(string sha256)
    {
        lock (gate)
        {
            if (!Known().ContainsKey(sha256))
            {
                return;
            }
        }

        lock (changing)
        {
            bucket.Remove(run, sha256);
            lock (gate)
            {
                Known().Remove(sha256);
            }
        }
    }

    public void RemoveAll()
    {
        lock (changing)
        {
            bucket.RemoveAll(run);
            lock (gate)
            {
                known = null;
            }
        }
    }

    private (BlobClaim Claim, string Object) Entry(string sha256)
    {
        lock (gate)
        {
            return Known().TryGetValue(sha256, out (BlobClaim, string) found) ? found : throw new IOException($"the body {sha256} was removed");
        }
    }

    private Dictionary<string, (BlobClaim Claim, string Object)> Known() => known ??= bucket.Of(run);
}
