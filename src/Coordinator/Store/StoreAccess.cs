using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Store;

/// <summary>How a store gets at its database.</summary>
internal sealed record StoreAccess
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told how long another process has held the database's lock so far.</summary>
    public Action<TimeSpan> OnLocked { get; init; } = static _ => { };

    /// <summary>Ends the waiting for that lock.</summary>
    public CancellationToken Stop { get; init; }

    public WriteLock LockOf(SqliteConnection connection) => new(connection, Time, OnLocked, Stop);
}
