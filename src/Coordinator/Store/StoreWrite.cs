using System.Data.Common;

namespace EdgeFlora.Coordinator.Store;

/// <summary>A transaction that may write: the only one of all at that moment.</summary>
internal abstract class StoreWrite(DbTransaction transaction) : IDisposable
{
    public DbTransaction Transaction { get; } = transaction;

    /// <summary>Stores all of it. When this returns it is on the disk.</summary>
    public abstract void Commit();

    /// <summary>Takes back what was not stored.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
