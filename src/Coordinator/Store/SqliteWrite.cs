using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Store;

/// <summary>A transaction that holds SQLite's one lock for writing.</summary>
internal sealed class SqliteWrite(SqliteTransaction transaction) : StoreWrite(transaction)
{
    public override void Commit() => Transaction.Commit();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Transaction.Dispose();
        }
    }
}
