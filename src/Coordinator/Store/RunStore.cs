using Dapper;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Store;

/// <summary>
/// The run's truth in SQLite: every effect is one transaction that counts only under the newest term. Used by one thread at a time.
/// </summary>
internal sealed class RunStore : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly WriteLock gate;

    private RunStore(SqliteConnection connection, WriteLock gate, string run, long term, long clock, bool isNew)
    {
        this.connection = connection;
        this.gate = gate;
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


    /// <summary>Opens a run of the catalogue under the service's term: whoever held it before has lost it.</summary>
    /// <param name="term">The service's term on this store.</param>
    /// <exception cref="TermLostException">A later service holds the run.</exception>
    public static RunStore Open(string file, string run, long term, string holder, StoreAccess access, Action<string>? failpoint = null)
    {
        SqliteConnection connection = StateDatabase.Open(file, access.LockOf);
        try
        {
            WriteLock gate = access.LockOf(connection);
            using SqliteTransaction transaction = gate.Begin();
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
            return new RunStore(connection, gate, run, term, clock, isNew) { Failpoint = failpoint ?? (static _ => { }), Time = access.Time };
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Begins the one transaction of an effect. Nothing is written to disk unless the effect writes something.</summary>
    public StoreTransaction Begin(long clock) => new(connection, this, clock);

    /// <summary>Takes SQLite's one lock for writing; see <see cref="WriteLock"/>.</summary>
    public SqliteTransaction BeginWriting() => gate.Begin();

    /// <summary>Everything stored about the run.</summary>
    public RunReader Read() => new(connection, Run);

    /// <summary>
    /// Moves everything into the database file and empties SQLite's write-ahead log, which otherwise keeps what has been deleted since.
    /// </summary>
    public void EmptyLog() => StateDatabase.EmptyLog(connection);

    public void Dispose() => connection.Dispose();
}
