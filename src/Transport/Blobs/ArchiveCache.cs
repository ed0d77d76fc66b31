using System.Collections.Concurrent;
using EdgeFlora.Contracts.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport.Blobs;

/// <summary>An archive of bodies whose copies a folder keeps once they were asked for. Safe for several threads of one process.</summary>
/// <param name="bodies">Where the copies are.</param>
/// <param name="scratch">Folder in which a copy is made before it is one.</param>
/// <param name="log">Told of bodies that are not what they are named.</param>
internal sealed class ArchiveCache(IBodyArchive archive, BodyFolder bodies, string scratch, ILogger? log)
{
    private readonly ConcurrentDictionary<string, byte> damaged = new(StringComparer.Ordinal);

    /// <summary>The claim of a body that the archive has, as far as anybody knows whole; null: it has none.</summary>
    public BlobClaim? Find(string sha256) => BlobClaims.IsSha256(sha256) && !damaged.ContainsKey(sha256) ? archive.Find(sha256) : null;

    /// <summary>Brings a copy of a body into the folder.</summary>
    /// <returns>Its claim; null: the archive has none that is whole.</returns>
    /// <exception cref="IOException">The archive has it, but cannot give it.</exception>
    public BlobClaim? Fetch(string sha256)
    {
        if (Find(sha256) is not { } claim)
        {
            return null;
        }

        string temporary = Path.Combine(scratch, $"{sha256}.{Path.GetRandomFileName()}.get");
        try
        {
            string found = archive.ReadInto(sha256, temporary);
            if (found == sha256)
            {
                bodies.Adopt(claim, temporary);
                return claim;
            }

            // As absent as if it had never come: it can come again.
            damaged.TryAdd(sha256, 0);
            log?.ArchivedBodyDamaged(sha256, found);
            return null;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Stores a body in the archive; the folder's copy is the caller's.</summary>
    public void Put(BlobClaim claim, string file)
    {
        archive.Put(claim, file);
        damaged.TryRemove(claim.Sha256, out _);
    }

    public void Remove(string sha256) => archive.Remove(sha256);

    /// <summary>Removes every other body from the archive.</summary>
    public void KeepOnly(IReadOnlyCollection<string> sha256)
    {
        foreach (string other in archive.Held().Except(sha256, StringComparer.Ordinal).ToArray())
        {
            archive.Remove(other);
        }
    }

    /// <summary>Hashes of all bodies that the archive has.</summary>
    public IReadOnlyCollection<string> Held() => archive.Held();
}
