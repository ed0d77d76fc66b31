using System.Collections.Concurrent;
using System.Globalization;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Models;

/// <summary>
/// The archives of base models, as agents fetch them: chunks come from the models' own files, and no copy is kept. Thread-safe.
/// </summary>
/// <param name="store">Of models that were added, whose hashes are known; null: there is none.</param>
public sealed class ModelArchives(ModelStore? store = null) : IBodySource
{
    /// <summary>The codec of a claim that is about an archive.</summary>
    public const string Codec = "ustar";

    private readonly ConcurrentDictionary<string, Known> folders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (BlobClaim Claim, ModelArchive Archive)> archives = new(StringComparer.Ordinal);

    /// <summary>
    /// What a folder holds now. Its files are read for it once, and again when one of them has changed; asked while that is under way, the answer
    /// is the same task.
    /// </summary>
    /// <exception cref="Adapters.AdapterFormatException">The folder is no model.</exception>
    public Task<ModelContent> OfAsync(string folder)
    {
        string key = Path.GetFullPath(folder);
        var archive = ModelArchive.Of(key);
        string stamp = Stamp(archive);
        return folders.AddOrUpdate(
            key,
            _ => new Known(stamp, new Lazy<Task<ModelContent>>(() => Task.Run(() => FindOutAsync(key, archive)))),
            (_, known) => known.Stamp == stamp && !known.Content.Value.IsFaulted
                ? known
                : new Known(stamp, new Lazy<Task<ModelContent>>(() => Task.Run(() => FindOutAsync(key, archive))))).Content.Value;
    }

    /// <inheritdoc/>
    public BlobChunk? ReadChunk(string sha256, int index, string agentId, int chunkSize)
    {
        if (!archives.TryGetValue(sha256, out (BlobClaim Claim, ModelArchive Archive) known))
        {
            return null;
        }

        try
        {
            return BlobClaims.Chunk(known.Claim, index, agentId, chunkSize, (position, content) => known.Archive.Read(position, content));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // The folder has changed or was removed: what was said of it holds no longer.
            archives.TryRemove(sha256, out _);
            return null;
        }
    }

    private async Task<ModelContent> FindOutAsync(string folder, ModelArchive archive)
    {
        ModelManifest? manifest = store?.ManifestOf(folder) is { } known && known.ArchiveBytes == archive.Size ? known : null;
        string sha256 = manifest?.Sha256 ?? await SafetensorsSet.HashAsync(folder, CancellationToken.None);
        if (archive.Size > WireLimits.MaxModelBytes)
        {
            return new ModelContent(sha256, Archive: null);
        }

        var claim = new BlobClaim
        {
            Sha256 = manifest?.ArchiveSha256 ?? await archive.HashAsync(CancellationToken.None),
            Size = archive.Size,
            ChunkSize = WireLimits.ChunkBytes,
            Codec = Codec,
        };
        archives[claim.Sha256] = (claim, archive);
        return new ModelContent(sha256, claim);
    }

    private static string Stamp(ModelArchive archive) => string.Join('|', archive.Files.Select(file => string.Create(
        CultureInfo.InvariantCulture, $"{file.Name}:{file.Length}:{File.GetLastWriteTimeUtc(file.Path).Ticks}")));

    private sealed record Known(string Stamp, Lazy<Task<ModelContent>> Content);
}
