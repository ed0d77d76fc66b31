using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>Bodies in a bucket, which the service's database names.</summary>
internal sealed class BucketPlace : IBodyPlace
{
    private readonly BucketBodies bucket;
    private readonly BodyIndex index;

    /// <param name="term">Under which they are written.</param>
    /// <param name="stop">Ends what waits for S3.</param>
    public BucketPlace(S3Options options, PostgresDatabase database, long term, TimeProvider time, CancellationToken stop)
    {
        bucket = new BucketBodies(options, database, term, time, NullLogger.Instance, stop);
        index = new BodyIndex(database, term, time);
    }

    /// <summary>Makes sure that the bucket's prefix is the service's, or makes it so.</summary>
    /// <exception cref="StateFolderException">It is another service's.</exception>
    /// <exception cref="StoreUnavailableException">The bucket does not let us in.</exception>
    public Task ClaimAsync(Guid service) => bucket.ClaimAsync(service, restored: false);

    public IReadOnlyCollection<Guid> Runs() => index.Runs();

    public IBodyArchive Of(Guid run) => new S3Bodies(bucket, run);

    public void Dispose() => bucket.Dispose();
}
