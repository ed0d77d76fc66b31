using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>
/// The bodies of all runs in one bucket, for one term: objects in S3, and rows in the database that say which object holds which body. Thread-safe.
/// See docs/decisions/bodies-in-s3.md.
/// </summary>
/// <param name="term">Under which the service leads.</param>
/// <param name="stop">Ends what waits for S3.</param>
internal sealed class BucketBodies(S3Options options, PostgresDatabase database, long term, TimeProvider time, ILogger log, CancellationToken stop)
    : IDisposable
{
    /// <summary>After the beginning of a term, so that a change of leaders is not held up.</summary>
    private static readonly TimeSpan FirstSweep = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    /// <summary>Longest that a claim waits for an answer when a term begins: a change of leaders is not held up by a server that hangs.</summary>
    private static readonly TimeSpan ClaimSilence = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ClaimAgain = TimeSpan.FromSeconds(5);

    private readonly ObjectStore objects = new(options, time, log);
    private readonly BodyIndex index = new(database, term, time);
    private readonly ConcurrentDictionary<string, byte> underWay = new(StringComparer.Ordinal);
    private readonly Channel<string> needless = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private BucketOwner? own;
    private bool takesOver;
    private volatile bool isOwned;

    /// <summary>Bytes of all bodies.</summary>
    public long Size => index.Size;

    /// <summary>What is wrong with S3, and for how long, as a sentence without its full stop; null: it works.</summary>
    public string? TroubleAt(DateTimeOffset moment) => objects.Calls.Trouble is not { } trouble ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"bodies have not been stored or read for {Math.Max(0, (moment - trouble.Since).TotalSeconds):0} s: {trouble.Sentence.TrimEnd('.')}");

    /// <summary>
    /// Makes ready, and makes sure that the bucket's prefix is this service's. Where S3 is away, that is done before anything is written.
    /// </summary>
    /// <param name="service">Id of the service.</param>
    /// <param name="restored">Whether the operator says that the service was restored, and nobody works with the database of before.</param>
    /// <exception cref="StateFolderException">It is another service's.</exception>
    /// <exception cref="StoreUnavailableException">The bucket does not let us in.</exception>
    public async Task ClaimAsync(Guid service, bool restored)
    {
        try
        {
            index.Prepare();
            (own, takesOver) = (new BucketOwner(service, index.Identity, database.Name), restored);
        }
        catch (IOException away) when (away.InnerException is DbException broken)
        {
            // As whoever speaks to the database itself hears of it.
            ExceptionDispatchInfo.Throw(broken);
        }

        using var once = new ObjectStore(options, time, log, patience: TimeSpan.Zero, ClaimSilence);
        try
        {
            await OwnAsync(once);
        }
        catch (ArchiveAwayException away) when (away.IsTransient)
        {
            // Said in the log; runs wait for it.
        }
        catch (ArchiveAwayException refused)
        {
            throw new StoreUnavailableException(refused.Message, refused);
        }
    }

    /// <summary>Runs of which there are bodies.</summary>
    public IReadOnlyCollection<Guid> Runs() => index.Runs();

    /// <summary>The bodies of a run.</summary>
    public Dictionary<string, (BlobClaim Claim, string Object)> Of(Guid run) => index.Of(run);

    /// <summary>Writes a body, and then has it named.</summary>
    /// <param name="written">Called with the object that holds it, to say in the database that it is there (<see cref="Name"/>).</param>
    /// <exception cref="ArchiveAwayException">S3 or the database is away or refuses.</exception>
    public void Put(Guid run, BlobClaim claim, string file, Action<string> written)
    {
        RequireOwned();
        string name = ObjectName.New(run, claim.Sha256, term).ToString();
        underWay[name] = 0;
        try
        {
            objects.PutAsync(name, file, stop).GetAwaiter().GetResult();

            // Where the answer to this is lost, the row may be there: the object is left to a sweep, which looks.
            written(name);
        }
        finally
        {
            underWay.TryRemove(name, out _);
        }
    }

    /// <summary>Says in the database which object holds a body; the one that did so before goes soon afterwards.</summary>
    public void Name(Guid run, BlobClaim claim, string name)
    {
        if (index.Name(run, claim, name) is { } before)
        {
            needless.Writer.TryWrite(before);
        }
    }

    /// <exception cref="FileNotFoundException">The object is not there.</exception>
    public void Read(string name, Stream target, long size) => objects.ReadAsync(name, target, size, stop).GetAwaiter().GetResult();

    /// <summary>Says in the database that a body is not there any more; its object goes soon afterwards.</summary>
    public void Remove(Guid run, string sha256)
    {
        if (index.Forget(run, sha256) is { } name)
        {
            needless.Writer.TryWrite(name);
        }
    }

    /// <summary>Says in the database that no body of a run is there any more; their objects go soon afterwards.</summary>
    public void RemoveAll(Guid run)
    {
        foreach (string name in index.Forget(run))
        {
            needless.Writer.TryWrite(name);
        }
    }

    /// <summary>Removes objects that nobody needs, until stopped.</summary>
    /// <exception cref="StateFolderException">The prefix is another service's, or has become so.</exception>
    public async Task KeepAsync()
    {
        await OwnAtLastAsync();
        TimeSpan pause = FirstSweep;
        long looked = time.GetTimestamp();
        while (true)
        {
            TimeSpan left = pause - time.GetElapsedTime(looked);
            if (left <= TimeSpan.Zero)
            {
                (pause, looked) = (SweepEvery, time.GetTimestamp());
                await TrySweepAsync();
                continue;
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(needless.Reader.WaitToReadAsync(limit.Token).AsTask(), Task.Delay(left, time, limit.Token));
            await limit.CancelAsync();
            stop.ThrowIfCancellationRequested();
            await RemoveNeedlessAsync();
        }
    }

    /// <summary>Removes objects of bodies that were removed just now. What fails is left to the next sweep.</summary>
    internal async Task RemoveNeedlessAsync()
    {
        while (needless.Reader.TryRead(out string? name))
        {
            try
            {
                await objects.DeleteAsync(name, stop);
            }
            catch (ArchiveAwayException away)
            {
                // The others would fare no better, and each would wait for as long.
                while (needless.Reader.TryRead(out _))
                {
                }

                Left(away.Message);
            }
        }
    }

    /// <summary>
    /// Removes what no row names and nobody can ever name: objects and unfinished uploads of this term and those before it that are not under way.
    /// </summary>
    /// <exception cref="TermLostException">Another replica leads.</exception>
    /// <exception cref="IOException">S3 or the database is away; what is left, the next sweep removes.</exception>
    internal async Task<(int Objects, int Uploads)> SweepAsync()
    {
        await OwnAsync(objects);
        var found = new List<string>();
        await foreach (string name in objects.ListAsync(stop))
        {
            if (IsOurs(name))
            {
                found.Add(name);
            }
        }

        (string Name, string Id)[] uploads = [.. (await objects.UploadsAsync(stop)).Where(upload => IsOurs(upload.Name))];

        // In this order: what is written meanwhile is either under way still, or named by a row.
        HashSet<string> spared = [.. underWay.Keys];
        IReadOnlySet<string> named = index.Named();
        string[] objectsLeft = [.. found.Where(name => !spared.Contains(name) && !named.Contains(name))];
        foreach (string name in objectsLeft)
        {
            await objects.DeleteAsync(name, stop);
        }

        (string Name, string Id)[] uploadsLeft = [.. uploads.Where(upload => !spared.Contains(upload.Name))];
        foreach ((string name, string id) in uploadsLeft)
        {
            await objects.AbortAsync(name, id, stop);
        }

        return (objectsLeft.Length, uploadsLeft.Length);
    }

    public void Dispose() => objects.Dispose();

    /// <summary>A replica that leads after this one may be writing already; it writes under a higher term.</summary>
    private bool IsOurs(string name) => ObjectName.TryParse(name, out ObjectName? parsed) && parsed.Term <= term;

    private async Task TrySweepAsync()
    {
        try
        {
            (int removed, int uploads) = await SweepAsync();
            if (removed + uploads > 0)
            {
                log.ObjectsSwept(options.ToString(), removed, uploads);
            }
        }
        catch (IOException failure)
        {
            Left(failure.Message);
        }
        catch (TermLostException)
        {
            // Whoever leads sweeps.
        }
    }

    private void Left(string reason) => log.ObjectsLeft((int)SweepEvery.TotalMinutes, reason);

    /// <exception cref="ArchiveAwayException">It cannot be told, or it is another's: nobody loses a round by that.</exception>
    private void RequireOwned()
    {
        try
        {
            if (!isOwned)
            {
                OwnAsync(objects).GetAwaiter().GetResult();
            }
        }
        catch (StateFolderException foreign)
        {
            throw new ArchiveAwayException(foreign.Message, foreign);
        }
    }

    /// <summary>Claims the prefix where S3 was away when the term began.</summary>
    /// <exception cref="StateFolderException">It is another service's.</exception>
    private async Task OwnAtLastAsync()
    {
        while (!isOwned)
        {
            try
            {
                await OwnAsync(objects);
            }
            catch (ArchiveAwayException)
            {
                // Said in the log; runs wait for it.
                await Task.Delay(ClaimAgain, time, stop);
            }
        }
    }

    /// <summary>Looks whether the prefix is this service's. Before each sweep anew: another one may have been set to the same place since.</summary>
    private async Task OwnAsync(ObjectStore through)
    {
        BucketOwner claimed = own ?? throw new InvalidOperationException("The bucket was not claimed.");
        await BucketOwner.ClaimAsync(through, claimed, takesOver && !isOwned, mayBeNew: isOwned || takesOver || index.IsEmpty, stop);
        isOwned = true;
    }
}
