using Dapper;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Store;

/// <summary>The run's truth in SQLite: every effect is one transaction that counts only under the newest term. Used by one thread at a time.</summary>
internal sealed class RunStore : IDisposable
{
    /// <summary>How long another process may hold the database's lock.</summary>
    public const int LongestLockSeconds = 600;

    private const int Busy = 5;
    private const int Locked = 6;

    private readonly SqliteConnection connection;

    private RunStore(SqliteConnection connection, string run, long term, long clock, bool isNew)
    {
        this.connection = connection;
        Run = run;
        Term = term;
        Clock = clock;
        IsNew = isNew;
    }

    /// <summary>Id of the run.</summary>
    public string Run { get; }

    /// <summary>This coordinator's term: one more than that of the one before it.</summary>
    public long Term { get; }

    /// <summary>The run clock when the coordinator before this one was last known alive, in milliseconds.</summary>
    public long Clock { get; }

    /// <summary>Whether this is the run's first coordinator.</summary>
    public bool IsNew { get; }

    /// <summary>Time of day, for what people read.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Rehearses a crash: called with the name of each effect around its commit. Does nothing unless a test says so.</summary>
    public Action<string> Failpoint { get; init; } = static _ => { };

    /// <summary>Told each time an attempt to write has waited in vain for a lock that another process holds, with the seconds waited so far.</summary>
    public Action<int> OnLocked { get; set; } = static _ => { };

    private int LockSeconds { get; init; }

    public string File { get; private init; } = string.Empty;

    /// <summary>Opens a run of the catalogue under the service's term: whoever held it before has lost it.</summary>
    /// <param name="term">The service's term on this store.</param>
    /// <exception cref="TermLostException">A later service holds the run.</exception>
    public static RunStore Open(string file, string run, long term, string holder, TimeProvider time, Action<string>? failpoint = null, int lockSeconds = 5)
    {
        SqliteConnection connection = StateDatabase.Open(file, lockSeconds);
        try
        {
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
            bool isNew = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM coord_lease WHERE run = @run", new { run }, transaction) == 0;
            int rows = connection.Execute(
                """
                INSERT INTO coord_lease(run, holder, term, clock) VALUES(@run, @holder, @term, 0)
                ON CONFLICT(run) DO UPDATE SET holder = @holder, term = @term WHERE term <= @term
                """,
                new { run, holder, term },
                transaction);
            if (rows != 1)
            {
                throw new TermLostException($"A later coordinator service holds run {run}; this one (term {term}) stops.");
            }

            long clock = connection.ExecuteScalar<long>("SELECT clock FROM coord_lease WHERE run = @run", new { run }, transaction);
            transaction.Commit();
            return new RunStore(connection, run, term, clock, isNew) { Failpoint = failpoint ?? (static _ => { }), Time = time, LockSeconds = lockSeconds, File = file };
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Begins the one transaction of an effect. Nothing is written to disk unless the effect writes something.</summary>
    public StoreTransaction Begin(long clock) => new(connection, this, clock);

    /// <summary>Takes SQLite's one lock for writing. A backup or another tool may hold it for a while: a run is not given up for that.</summary>
    /// <exception cref="StateFolderException">Another process has held it for <see cref="LongestLockSeconds"/>.</exception>
    public SqliteTransaction BeginWriting()
    {
        for (int waited = 0; ;)
        {
            try
            {
                return connection.BeginTransaction(deferred: false);
            }
            catch (SqliteException locked) when (locked.SqliteErrorCode is Busy or Locked)
            {
                waited += LockSeconds;
                if (waited >= LongestLockSeconds)
                {
                    throw new StateFolderException(
                        $"Another process has held the lock of '{File}' for {waited} s; end what holds it (a backup, an open database tool), and start the coordinator again.", locked);
                }

                OnLocked(waited);
            }
        }
    }

    /// <summary>Everything stored about the run.</summary>
    public RunReader Read() => new(connection, Run);

    /// <summary>Moves everything into the database file and empties SQLite's write-ahead log, which otherwise keeps what has been deleted since.</summary>
    public void EmptyLog() => StateDatabase.EmptyLog(connection);

    public void Dispose() => connection.Dispose();
}
