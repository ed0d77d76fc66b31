using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Store;

/// <summary>A connection to a file of SQLite.</summary>
internal sealed class SqliteStoreConnection(SqliteConnection connection, StoreAccess access) : StoreConnection(connection)
{
    private readonly WriteLock gate = access.LockOf(connection);

    public override string AgentOfEvent => "body ->> '$.AgentId'";

    public override StoreWrite BeginWriting() => new SqliteWrite(gate.Begin());

    /// <summary>
    /// Moves everything into the database file and empties SQLite's write-ahead log, which otherwise keeps what has been deleted since.
    /// </summary>
    public override void Scrub() => StateDatabase.EmptyLog((SqliteConnection)Connection);
}
