using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Storage;

namespace EdgeFlora.Transport.Blobs;

/// <summary>The unfinished bodies of a <see cref="BlobStore"/>: a few open at a time, all on the disk. Safe for use by several threads.</summary>
internal sealed class PartFolder
{
    private readonly string parts;
    private readonly BlobLimits limits;
    private readonly Func<string, bool> isComplete;
    private readonly Lock gate = new();
    private readonly Dictionary<string, BlobPart> open = new(StringComparer.Ordinal);
    private long uses;

    /// <summary>Opens or makes the folder; unfinished bodies of an earlier process can be continued.</summary>
    /// <param name="isComplete">Whether the body of this hash is here in full.</param>
    public PartFolder(string parts, BlobLimits limits, Func<string, bool> isComplete)
    {
        this.parts = parts;
        this.limits = limits;
        this.isComplete = isComplete;
        PrivateFolder.Create(parts);
        RemoveOldest();
    }

    /// <summary>The body's unfinished part; null if another thread has just finished it.</summary>
    public BlobPart? Open(BlobClaim claim, int chunkSize)
    {
        string file = PartPath(claim, chunkSize);
        lock (gate)
        {
            if (open.TryGetValue(file, out BlobPart? part))
            {
                part.Used = ++uses;
                return part;
            }

            if (isComplete(claim.Sha256))
            {
                return null;
            }

            if (open.Count >= limits.MaxParts)
            {
                // What came of it lies on the disk.
                open.Remove(open.MinBy(each => each.Value.Used).Key);
            }

            part = BlobPart.Open(claim, BlobPart.BlockSize(chunkSize), file);
            if (part.IsFull)
            {
                // A crash between the last chunk and the check: the last chunk comes again.
                part.Lose(0, chunkSize);
            }

            part.Used = ++uses;
            open.Add(file, part);
            return part;
        }
    }

    /// <summary>Whether anything of the body has come.</summary>
    public bool Has(BlobClaim claim, int chunkSize)
    {
        string file = PartPath(claim, chunkSize);
        lock (gate)
        {
            return open.ContainsKey(file) || BlobPart.Exists(file);
        }
    }

    /// <summary>Forgets what is known of a body that is not complete, and deletes it where nobody will go on with it.</summary>
    public void Abandon(BlobClaim claim, bool delete)
    {
        lock (gate)
        {
            foreach (string file in open.Keys.Where(file => IsOf(file, claim)).ToArray())
            {
                open.Remove(file);
            }

            foreach (string file in delete ? Directory.EnumerateFiles(parts, $"{claim.Sha256}.{claim.Size}.*").ToArray() : [])
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>A body that was taken over, or found damaged, is no part any more.</summary>
    public void Close(BlobPart part)
    {
        lock (gate)
        {
            open.Remove(part.File);
        }
    }

    /// <summary>Removes all of them.</summary>
    public void Clear()
    {
        lock (gate)
        {
            foreach (string part in Directory.EnumerateFiles(parts).ToArray())
            {
                File.Delete(part);
            }

            open.Clear();
        }
    }

    private static bool IsOf(string file, BlobClaim claim) => Path.GetFileName(file).StartsWith($"{claim.Sha256}.{claim.Size}.", StringComparison.Ordinal);

    /// <summary>Size and size of blocks are part of the name: two claims that disagree do not disturb each other.</summary>
    private string PartPath(BlobClaim claim, int chunkSize) => Path.Combine(parts, $"{claim.Sha256}.{claim.Size}.{BlobPart.BlockSize(chunkSize)}");

    private void RemoveOldest()
    {
        FileInfo[] files = [.. new DirectoryInfo(parts).EnumerateFiles()];
        foreach (FileInfo file in files.OrderByDescending(file => file.LastWriteTimeUtc).Skip(2 * limits.MaxPartFiles))
        {
            file.Delete();
        }
    }
}
