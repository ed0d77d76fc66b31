using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EdgeFlora.Coordinator.Store;

/// <summary>
/// Takes SQLite's one lock for writing. A backup or another tool may hold it for long: nothing is given up for that, and what is not stored is not
/// acknowledged.
/// </summary>
/// <remarks>
/// Waits until the lock is free or the coordinator is stopped, and says for how long it has waited: at once, and then every minute.
/// </remarks>
/// <param name="time">Times the waiting.</param>
/// <param name="onLocked">Told how long another process has held the lock so far.</param>
/// <param name="stop">Ends the waiting.</param>
internal sealed class WriteLock(SqliteConnection connection, TimeProvider time, Action<TimeSpan> onLocked, CancellationToken stop)
{
    private const int Busy = 5;
    private const int Locked = 6;

    /// <summary>How long SQLite itself waits: other runs of this process hold the lock for milliseconds.</summary>
    private const int AttemptSeconds = 1;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SayEvery = TimeSpan.FromMinutes(1);

    /// <summary>Begins a transaction that may write.</summary>
    /// <exception cref="OperationCanceledException">Stopped while another process held the lock; nothing was begun.</exception>
    public SqliteTransaction Begin()
    {
        long began = time.GetTimestamp();
        TimeSpan told = TimeSpan.MinValue;
        while (true)
        {
            if (TryBegin() is { } transaction)
            {
                return transaction;
            }

            do
            {
                TimeSpan waited = time.GetElapsedTime(began);
                if (told == TimeSpan.MinValue || waited - told >= SayEvery)
                {
                    told = waited;
                    onLocked(waited);
                }

                // Synchronous, as all writing is: whoever writes has nothing else to do until this is done.
                Task.Delay(Pause, time, stop).GetAwaiter().GetResult();
            }
            while (!IsFree());
        }
    }

    private SqliteTransaction? TryBegin()
    {
        connection.DefaultTimeout = AttemptSeconds;
        raw.sqlite3_busy_timeout(connection.Handle, AttemptSeconds * 1000);
        try
        {
            return connection.BeginTransaction(deferred: false);
        }
        catch (SqliteException locked) when (locked.SqliteErrorCode is Busy or Locked)
        {
            return null;
        }
        finally
        {
            connection.DefaultTimeout = StateDatabase.StatementSeconds;
            raw.sqlite3_busy_timeout(connection.Handle, StateDatabase.StatementSeconds * 1000);
        }
    }

    /// <summary>Looks without waiting whether the lock could be had now.</summary>
    private bool IsFree()
    {
        raw.sqlite3_busy_timeout(connection.Handle, 0);
        int result = raw.sqlite3_exec(connection.Handle, "BEGIN IMMEDIATE; ROLLBACK;");
        raw.sqlite3_busy_timeout(connection.Handle, StateDatabase.StatementSeconds * 1000);
        return result is not (Busy or Locked);
    }
}
