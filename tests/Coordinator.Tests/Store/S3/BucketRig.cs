using System.Security.Cryptography;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Coordinator.Store.S3;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Store.S3;

/// <summary>One replica after the other on a database and a bucket, without what else a service is.</summary>
internal sealed class BucketRig(PostgresOptions place, S3Options options) : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<IDisposable> opened = [];

    public Guid Run { get; } = Guid.NewGuid();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A replica that leads from now on; the one before it does not know.</summary>
    public BucketBodies Lead(S3Options? otherwise = null, bool takesOver = false)
    {
        var database = new PostgresDatabase(place);
        ServiceStore store = PatientLead.TryLead(database, "replica", new StoreAccess { Stop = Stop })
            ?? throw new InvalidOperationException("Another replica leads.");
        using (IServiceLease lease = database.LeaseOf(store.Term, TimeProvider.System))
        {
            lease.Release();
        }

        var bodies = new BucketBodies(otherwise ?? options, database, store.Term, TimeProvider.System, NullLogger.Instance, Stop);
        opened.AddRange([bodies, store, database]);
        bodies.ClaimAsync(store.Id, takesOver).GetAwaiter().GetResult();
        return bodies;
    }

    public IBodyArchive Of(BucketBodies bodies) => new S3Bodies(bodies, Run);

    /// <summary>A body, and the file that it is in.</summary>
    public (BlobClaim Claim, string File, byte[] Content) Body(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        string file = folder[FormattableString.Invariant($"body-{length}")];
        File.WriteAllBytes(file, content);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        return (new BlobClaim { Sha256 = sha256, Size = length, ChunkSize = 1000, Codec = "int8" }, file, content);
    }

    public static byte[] Read(IBodyArchive archive, string sha256)
    {
        using var read = new MemoryStream();
        archive.Read(sha256, read);
        return read.ToArray();
    }

    /// <summary>The bucket, past the gateway where there is one.</summary>
    public static Coordinator.Store.S3.ObjectStore Objects(S3Options at) => new(at, TimeProvider.System);

    /// <summary>Names of the objects below the prefix, without what says whose it is.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(S3Options at)
    {
        using Coordinator.Store.S3.ObjectStore objects = Objects(at);
        return await objects.ListAsync(Stop).Where(name => name != BucketOwner.Mark).ToListAsync(Stop);
    }

    public void Dispose()
    {
        opened.ForEach(each => each.Dispose());
        folder.Dispose();
    }
}
