using System.Collections.Concurrent;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Blobs;

/// <summary>
/// The bodies of the service's runs, for one term: in folders, or in a bucket or the database that replicas share, with copies to work with in
/// folders. Thread-safe.
/// </summary>
/// <param name="bucket">Where they are kept in S3; null: they are not.</param>
internal sealed class RunBodies(
    StoreOptions folder, IStoreDatabase database, long term, TimeProvider time, ILogger log, BucketBodies? bucket = null)
{
    /// <summary>Copies of runs that nobody works at are dropped when nobody has asked for them for so long.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<Guid, Lazy<IBodyArchive?>> archives = [];
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> asked = [];

    /// <summary>Bytes of bodies outside of folders and database.</summary>
    public long? BucketBytes => bucket?.Size;

    /// <summary>Why bodies can be neither stored nor read, as a sentence without its full stop; null: they can, or it is not known.</summary>
    public string? TroubleAt(DateTimeOffset moment) => bucket?.TroubleAt(moment);

    /// <summary>Opens a run's bodies.</summary>
    /// <exception cref="IOException">The database cannot be asked for them.</exception>
    public BlobStore Open(Guid run)
    {
        asked[run] = time.GetUtcNow();
        return new BlobStore(folder.BodiesOf(run), log: log, archive: ArchiveOf(run));
    }

    /// <summary>Whether anything of a run may be there.</summary>
    public bool Has(Guid run) => Directory.Exists(folder.BodiesOf(run)) || ArchiveOf(run)?.Held().Count > 0;

    /// <summary>Removes all of a run.</summary>
    /// <exception cref="IOException">Something could not be removed.</exception>
    public void Delete(Guid run)
    {
        ArchiveOf(run)?.RemoveAll();
        DropCopies(run);
        archives.TryRemove(run, out _);
        asked.TryRemove(run, out _);
    }

    /// <summary>Removes all of runs that nobody knows any more; nothing where folders are all there is.</summary>
    /// <param name="isKnown">Whether the catalogue has a run. A run has bodies only after it is there.</param>
    /// <exception cref="IOException">Something could not be listed or removed.</exception>
    public void DeleteUnknown(Func<Guid, bool> isKnown)
    {
        foreach (Guid run in (bucket?.Runs() ?? database.RunsWithBodies(time)).Where(run => !isKnown(run)))
        {
            Delete(run);
        }
    }

    /// <summary>Removes copies that nobody needs at the moment; nothing where folders are all there is.</summary>
    /// <param name="isLed">Whether a run still has work to do here.</param>
    public void DropIdle(Func<Guid, bool> isLed)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (string place in Directory.EnumerateDirectories(folder.BlobFolder).ToArray())
        {
            if (Guid.TryParse(Path.GetFileName(place), out Guid run) && ArchiveOf(run) is not null && !isLed(run)
                && now - asked.GetOrAdd(run, now) >= Kept)
            {
                DropCopies(run);
                asked.TryRemove(run, out _);
            }
        }
    }

    /// <summary>
    /// Removes the copies of all runs, where another replica leads and bodies are kept elsewhere. What agents send in a private run is deleted with
    /// its round by whoever leads, and must not outlive that here.
    /// </summary>
    /// <exception cref="IOException">Something could not be removed.</exception>
    public static void DropAllCopies(StoreOptions folder)
    {
        foreach (string place in Directory.Exists(folder.BlobFolder) ? Directory.GetDirectories(folder.BlobFolder) : [])
        {
            if (Guid.TryParse(Path.GetFileName(place), out _))
            {
                Directory.Delete(place, recursive: true);
            }
        }
    }

    private void DropCopies(Guid run)
    {
        if (Directory.Exists(folder.BodiesOf(run)))
        {
            Directory.Delete(folder.BodiesOf(run), recursive: true);
        }
    }

    /// <summary>At the first question of the term, copies go that another leader has removed the originals of.</summary>
    private IBodyArchive? ArchiveOf(Guid run) => archives.GetOrAdd(run, _ => new Lazy<IBodyArchive?>(() =>
    {
        IBodyArchive? archive = bucket is null ? database.BodiesOf(run, term, time) : new S3Bodies(bucket, run);
        if (archive is not null && Directory.Exists(folder.BodiesOf(run)))
        {
            new BlobStore(folder.BodiesOf(run), log: log, archive: archive).DropStale();
        }

        return archive;
    }, LazyThreadSafetyMode.PublicationOnly)).Value;
}
