using System.Text.Json;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// The bodies of a <see cref="BlobStore"/> that are here in full, each with its claim beside it as JSON. What is damaged is set aside.
/// </summary>
internal sealed class BodyFolder(string folder, ILogger? log)
{
    private readonly string aside = Path.Combine(folder, "damaged");

    /// <summary>Where a body lies, or would. The name is checked before it becomes a path: see <see cref="BlobClaims.IsSha256"/>.</summary>
    public string BodyPath(string sha256) => Path.Combine(folder, sha256[..2], sha256);

    /// <summary>The claim of a body that is here in full; null if it is not.</summary>
    public BlobClaim? Find(string sha256)
    {
        if (!BlobClaims.IsSha256(sha256) || new FileInfo(BodyPath(sha256)) is not { Exists: true } body || !File.Exists(ClaimPath(sha256)))
        {
            return null;
        }

        string damage;
        try
        {
            BlobClaim? claim = JsonSerializer.Deserialize<BlobClaim>(File.ReadAllBytes(ClaimPath(sha256)));
            if (claim is not null && claim.Sha256 == sha256 && claim.Size == body.Length && BlobClaims.Wrong(claim, long.MaxValue) is null)
            {
                return claim;
            }

            damage = claim is null ? "the claim holds null" : $"the claim says {claim.Size} bytes of {claim.Sha256}, the body has {body.Length}";
        }
        catch (JsonException unreadable)
        {
            damage = unreadable.Message;
        }
        catch (FileNotFoundException)
        {
            // Removed just now.
            return null;
        }

        SetAside(sha256, damage);
        return null;
    }

    /// <summary>Claim first, body last: a body without a claim never shows.</summary>
    public void Adopt(BlobClaim claim, string file)
    {
        string home = Path.GetDirectoryName(BodyPath(claim.Sha256))!;
        if (!Directory.Exists(home))
        {
            PrivateFolder.Create(home);
            FolderSync.Flush(folder);
        }

        AtomicFile.Write(ClaimPath(claim.Sha256), stream => JsonSerializer.Serialize(stream, claim));
        AtomicFile.Adopt(file, BodyPath(claim.Sha256));
    }

    /// <summary>Names of the files that lie where bodies do.</summary>
    public IEnumerable<string> Held() =>
        Directory.EnumerateDirectories(folder, "??").SelectMany(Directory.EnumerateFiles).Select(file => Path.GetFileName(file));

    /// <summary>Removes a body that nobody needs any more; one that is not here is no error.</summary>
    public void Remove(string sha256)
    {
        if (BlobClaims.IsSha256(sha256) && Directory.Exists(Path.GetDirectoryName(BodyPath(sha256))))
        {
            File.Delete(ClaimPath(sha256));
            File.Delete(BodyPath(sha256));
        }
    }

    /// <summary>Removes every other body.</summary>
    public void KeepOnly(IReadOnlyCollection<string> sha256)
    {
        string[] others = [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories)
            .Where(file => Path.GetDirectoryName(file) != aside)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Except(sha256, StringComparer.Ordinal)];
        foreach (string other in others)
        {
            Remove(other);
        }
    }

    private string ClaimPath(string sha256) => BodyPath(sha256) + ".json";

    /// <summary>Moves a damaged body out of the way: it can be looked into, and the same body can come again.</summary>
    private void SetAside(string sha256, string damage)
    {
        PrivateFolder.Create(aside);
        foreach (string file in new[] { ClaimPath(sha256), BodyPath(sha256) })
        {
            AtomicFile.Adopt(file, Path.Combine(aside, Path.GetFileName(file)));
        }

        log?.BodyDamaged(sha256, aside, damage);
    }
}
