using System.Text.Json;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Limits;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Models;

/// <summary>
/// Base models that were fetched: a folder each, named by the SHA-256 of its weights, with a note beside it. Agents of one user may share a cache.
/// </summary>
/// <remarks>
/// A model is there as a whole or not at all. What is being fetched lies in <c>fetching/</c>, and goes on from there after any end of whoever
/// fetched it. Above the limit those models go that were not used for longest, and never one that is in use.
/// </remarks>
internal sealed class ModelCache
{
    private readonly string folder;
    private readonly TimeProvider clock;
    private readonly ILogger log;

    /// <param name="free">Bytes that the disk of a folder has free.</param>
    /// <exception cref="InvalidDataException">A folder that the owner named cannot be used; the message names the setting.</exception>
    public ModelCache(AgentOptions options, Func<string, long> free, TimeProvider clock, ILogger log)
    {
        if (options.ModelCache.Folder is { } named)
        {
            RequireWritable(named);
        }

        folder = Path.GetFullPath(options.ModelCacheFolder);
        Space = new CacheSpace(options, folder, free);
        this.clock = clock;
        this.log = log;
    }

    public CacheSpace Space { get; }

    /// <summary>The models in it, by hash.</summary>
    public IReadOnlyList<CachedModel> Models => [.. Held().Order(StringComparer.Ordinal).Select(Describe)];

    /// <summary>As a hello tells of it.</summary>
    public ModelCacheSummary Summary => new()
    {
        RoomBytes = Space.Room(SizeOf(folder), staying: 0),
        LimitBytes = Space.LimitBytes,
        Models = Models,
    };

    /// <summary>What the disk of a folder, or of the one above it that exists, has free.</summary>
    public static long FreeBytes(string folder)
    {
        string place = Path.GetFullPath(folder);
        while (!Directory.Exists(place) && Path.GetDirectoryName(place) is { } above)
        {
            place = above;
        }

        return new DriveInfo(place).AvailableFreeSpace;
    }

    public bool Contains(string sha256) => BlobClaims.IsSha256(sha256) && Directory.Exists(PlaceOf(sha256));

    /// <summary>Takes a model into use.</summary>
    /// <returns>Null: it is not here, or just being fetched or removed.</returns>
    public ModelLease? TryOpen(string sha256)
    {
        if (!Contains(sha256) || ModelLock.TryShare(LockOf(sha256)) is not { } held)
        {
            return null;
        }

        if (!Contains(sha256))
        {
            held.Dispose();
            return null;
        }

        Touch(sha256);
        return new ModelLease(sha256, PlaceOf(sha256), held);
    }

    /// <summary>Takes the right to fetch or remove a model.</summary>
    /// <returns>Null: somebody uses, fetches or removes it.</returns>
    public ModelLock? TryClaim(string sha256) => ModelLock.TryClaim(LockOf(sha256));

    /// <summary>Where a model is fetched to; only for whoever has claimed it.</summary>
    public string FetchingFolder(string sha256) => Path.Combine(folder, "fetching", sha256);

    /// <summary>Changes whenever something of a model that is being fetched comes.</summary>
    public string FetchingMark(string sha256)
    {
        var place = new DirectoryInfo(FetchingFolder(sha256));
        return !place.Exists ? "" : string.Join('|', place.EnumerateFiles("*", SearchOption.AllDirectories).Select(
            file => FormattableString.Invariant($"{file.Name}:{file.Length}:{file.LastWriteTimeUtc.Ticks}")));
    }

    /// <summary>
    /// Makes room for a model: removes others as long as it has to, those first that were not used for longest, and what came of models that nobody
    /// fetches now.
    /// </summary>
    /// <param name="archive">Bytes of its archive.</param>
    /// <param name="have">Of those, what is here already.</param>
    /// <returns>Why there is no room, in a sentence; null: there is.</returns>
    public string? MakeRoom(string sha256, long archive, long have)
    {
        PrivateFolder.Create(folder);
        string? lacking = Lacking();
        foreach (string old in lacking is null || archive > Space.LimitBytes ? [] : Removable(sha256))
        {
            if (Remove(old))
            {
                log.ModelRemoved(old, archive);
            }

            if ((lacking = Lacking()) is null)
            {
                break;
            }
        }

        return lacking;

        string? Lacking() => Space.Lacking(archive, have, DiskUse.Of(folder) - SizeOf(FetchingFolder(sha256)));
    }

    /// <summary>Removes models that are not in use, until so many bytes have gone or no more can.</summary>
    public void Shrink(long bytes)
    {
        foreach (string old in Removable(except: ""))
        {
            if (bytes <= 0)
            {
                return;
            }

            long size = SizeOf(PlaceOf(old)) + SizeOf(FetchingFolder(old));
            if (Remove(old))
            {
                log.ModelRemoved(old, bytes);
                bytes -= size;
            }
        }
    }

    /// <summary>Takes a model over that was fetched, unpacked and checked; only for whoever has claimed it.</summary>
    /// <param name="unpacked">Folder of its files, all on the disk.</param>
    public void Adopt(CachedModel model, string unpacked)
    {
        AtomicFile.Write(NoteOf(model.Sha256), stream => JsonSerializer.Serialize(stream, model));
        Touch(model.Sha256);
        FolderSync.Flush(unpacked);
        Directory.Move(unpacked, PlaceOf(model.Sha256));
        FolderSync.Flush(folder);
        Delete(FetchingFolder(model.Sha256));
    }

    /// <summary>Removes a model, and what has come of it.</summary>
    /// <returns>Whether it is gone: somebody may use it.</returns>
    public bool Remove(string sha256)
    {
        using ModelLock? claimed = TryClaim(sha256);
        if (claimed is null)
        {
            return false;
        }

        // The folder goes first: a model without a note is one, a note without a model is none.
        Delete(PlaceOf(sha256));
        Delete(FetchingFolder(sha256));
        File.Delete(NoteOf(sha256));
        return true;
    }

    /// <summary>Bytes of the files of a folder; 0 if there is none.</summary>
    public static long SizeOf(string place) => Directory.Exists(place) ? DiskUse.Of(place) : 0;

    private static void RequireWritable(string named)
    {
        try
        {
            PrivateFolder.Create(Path.Combine(named, "locks"));
            ModelLock.TryShare(Path.Combine(named, "locks", "none"))?.Dispose();
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(
                $"{AgentOptions.Section}:{nameof(AgentOptions.ModelCache)}:{nameof(ModelCacheOptions.Folder)} (models.cache.folder) is '{named}', "
                    + $"which cannot be used: {closed.Message}",
                closed);
        }
    }

    private static void Delete(string place)
    {
        if (Directory.Exists(place))
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private IEnumerable<string> Held() => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder).Select(place => Path.GetFileName(place)).Where(BlobClaims.IsSha256)
        : [];

    /// <summary>Models that may have to go, and half-fetched ones; the one that was not used for longest first.</summary>
    private string[] Removable(string except)
    {
        string fetching = Path.Combine(folder, "fetching");
        IEnumerable<string> begun = Directory.Exists(fetching)
            ? Directory.EnumerateDirectories(fetching).Select(place => Path.GetFileName(place)).Where(BlobClaims.IsSha256)
            : [];
        return [.. Held().Union(begun).Where(model => model != except)
            .OrderBy(model => File.GetLastWriteTimeUtc(NoteOf(model))).ThenBy(model => model, StringComparer.Ordinal)];
    }

    private CachedModel Describe(string sha256)
    {
        try
        {
            if (JsonSerializer.Deserialize<CachedModel>(File.ReadAllBytes(NoteOf(sha256))) is { ModelId: not null } note && note.Sha256 == sha256)
            {
                return note;
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            // It is there all the same.
        }

        return new CachedModel { ModelId = "unknown", Sha256 = sha256, Bytes = SizeOf(PlaceOf(sha256)) };
    }

    private void Touch(string sha256)
    {
        if (File.Exists(NoteOf(sha256)))
        {
            File.SetLastWriteTimeUtc(NoteOf(sha256), clock.GetUtcNow().UtcDateTime);
        }
    }

    private string PlaceOf(string sha256) => Path.Combine(folder, sha256);

    private string NoteOf(string sha256) => Path.Combine(folder, sha256 + ".json");

    private string LockOf(string sha256) => Path.Combine(folder, "locks", sha256);
}
