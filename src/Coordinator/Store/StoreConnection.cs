using System.Data.Common;

namespace EdgeFlora.Coordinator.Store;

/// <summary>A connection to the store's database. What SQLite and PostgreSQL do in the same words is done by its users.</summary>
internal abstract class StoreConnection(DbConnection connection) : IDisposable
{
    /// <summary>Runs statements; those of a transaction within <see cref="BeginWriting"/>.</summary>
    public DbConnection Connection { get; } = connection;

    /// <summary>SQL: which agent an event is about.</summary>
    public abstract string AgentOfEvent { get; }

    /// <summary>Begins a transaction that may write; waits until it is the only one, and for a database that is away.</summary>
    /// <exception cref="OperationCanceledException">Stopped meanwhile; nothing was begun.</exception>
    public abstract StoreWrite BeginWriting();

    /// <summary>Reads outside of a transaction.</summary>
    public virtual T Read<T>(Func<T> read) => read();

    /// <summary>Whether an exception says that nothing of a transaction was stored and that it can be tried again at once.</summary>
    public virtual bool MayTryAgain(Exception failure) => false;

    /// <summary>Looks, without waiting for long, whether this process could lead now.</summary>
    public virtual bool MayLead() => true;

    /// <summary>Makes sure of it in the transaction that begins the term, and upgrades the schema if need be.</summary>
    public virtual bool TryClaim(DbTransaction transaction) => true;

    /// <summary>Writes down who leads.</summary>
    public virtual void SetLeader(StoreLeader leader, DbTransaction transaction)
    {
    }

    /// <summary>Removes from the disk what has been deleted, as far as the database can.</summary>
    public abstract void Scrub();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Connection.Dispose();
        }
    }
}
