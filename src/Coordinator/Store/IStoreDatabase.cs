using System.Data.Common;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Store;

/// <summary>The database that the store is in: a file of SQLite, or PostgreSQL. See docs/decisions/replicas.md.</summary>
internal interface IStoreDatabase : IDisposable
{
    /// <summary>What it is, for people.</summary>
    string Name { get; }

    /// <summary>
    /// What tells this database from a copy of it; null: a file, which its folder tells from a copy (<see cref="StateLock"/>). It may be asked of a
    /// service that leads only.
    /// </summary>
    string? Identity { get; }

    /// <summary>Bytes that it takes.</summary>
    long Size { get; }

    /// <summary>Whether it is away, and not at odds with what it was asked: the same may work later.</summary>
    bool IsOutage(Exception failure);

    /// <summary>What is wrong with the database and what would help; null: its own words say it.</summary>
    Exception? Describe(DbException failure);

    /// <summary>Who leads; null: nobody, or nobody but the holder of the file can.</summary>
    StoreLeader? Leader();

    /// <summary>Tells other replicas where the one that leads is reached; nothing where another leads by now, or none can.</summary>
    /// <param name="term">The one that it leads under.</param>
    void Tell(ReplicaAddress address, long term);

    /// <summary>Where the bodies of its runs are, whatever the settings say; null: it has none, or they may be anywhere.</summary>
    BodyPlace? BodiesIn { get; }

    /// <summary>Makes ready to keep bodies; nothing where they are kept elsewhere.</summary>
    void PrepareBodies();

    /// <summary>Where it keeps the bodies of a run; null: they are kept elsewhere.</summary>
    /// <param name="term">The one that the service leads under.</param>
    IBodyArchive? BodiesOf(Guid run, long term, TimeProvider time);

    /// <summary>Runs of which it keeps bodies; none where they are kept elsewhere.</summary>
    /// <exception cref="IOException">It cannot be asked.</exception>
    IReadOnlyCollection<Guid> RunsWithBodies(TimeProvider time);

    /// <summary>Opens a connection, used by one thread at a time.</summary>
    /// <exception cref="StateFolderException">It is no database of ours, or of a later version.</exception>
    /// <exception cref="StoreUnavailableException">It does not let us in.</exception>
    StoreConnection Open(StoreAccess access);

    /// <summary>What a service that leads must keep up; null: nothing.</summary>
    /// <param name="term">The one that it leads under.</param>
    IServiceLease? LeaseOf(long term, TimeProvider time);
}
