using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Transport.Blobs;
using Npgsql;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Copies bodies into a bucket for a service whose rows are not committed yet.</summary>
/// <param name="copy">Within the transaction that copies the service.</param>
internal sealed class BucketCopy(S3Options options, NpgsqlConnection copy, TimeProvider time) : IDisposable
{
    /// <summary>Of a copy: whoever leads first leads under a higher one.</summary>
    private const long Term = 0;

    private readonly ObjectStore objects = new(options, time);
    private readonly List<string> written = [];
    private bool isClaimed;

    /// <summary>Makes the bucket's prefix the service's own.</summary>
    /// <exception cref="StateFolderException">It is another's.</exception>
    public void Claim(Guid service, string database)
    {
        bool isNew = Wait(BucketOwner.ReadAsync(objects, CancellationToken.None)) is null;
        Wait(BucketOwner.ClaimAsync(
            objects, new BucketOwner(service, BodyIndex.Identify(copy), database), takesOver: false, mayBeNew: true, CancellationToken.None));
        isClaimed = isNew;
    }

    public void Put(Guid run, BlobClaim claim, string file)
    {
        string name = ObjectName.New(run, claim.Sha256, Term).ToString();
        written.Add(name);
        Wait(objects.PutAsync(name, file, CancellationToken.None));
        BodyIndex.Insert(copy, run, claim, name);
    }

    /// <summary>Removes what was written, where S3 lets it: nothing was copied.</summary>
    public void TakeBack()
    {
        try
        {
            foreach (string name in isClaimed ? written.Append(BucketOwner.Mark) : written)
            {
                Wait(objects.DeleteAsync(name, CancellationToken.None));
            }
        }
        catch (ArchiveAwayException)
        {
            // What made the copy fail is told; a service on this prefix sweeps up later.
        }
    }

    public void Dispose() => objects.Dispose();

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
