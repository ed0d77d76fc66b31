using System.Data.Common;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Transport.Blobs;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Store;

/// <summary>A file of SQLite: for one process at a time, which the lock of its folder makes sure of.</summary>
internal sealed class SqliteDatabase(string file) : IStoreDatabase
{
    private static readonly string[] Files = ["", "-wal", "-shm"];

    public string Name => file;

    public string? Identity => null;

    public long Size => Files.Select(suffix => new FileInfo(file + suffix)).Sum(each => each.Exists ? each.Length : 0);

    public bool IsOutage(Exception failure) => failure is SqliteException;

    public Exception? Describe(DbException failure) => null;

    public StoreLeader? Leader() => null;

    public BodyPlace? BodiesIn => null;

    public void PrepareBodies()
    {
    }

    public IBodyArchive? BodiesOf(Guid run, long term, TimeProvider time) => null;

    public IReadOnlyCollection<Guid> RunsWithBodies(TimeProvider time) => [];

    public void Tell(ReplicaAddress address, long term)
    {
    }

    public StoreConnection Open(StoreAccess access) => new SqliteStoreConnection(StateDatabase.Open(file, access.LockOf), access);

    public IServiceLease? LeaseOf(long term, TimeProvider time) => null;

    public void Dispose()
    {
    }
}
