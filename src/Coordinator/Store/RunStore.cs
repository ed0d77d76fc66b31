using System.Data.Common;
using Dapper;

namespace EdgeFlora.Coordinator.Store;

/// <summary>
/// The run's truth in the database: every effect is one transaction that counts only under the newest term. Used by one thread at a time.
/// </summary>
internal sealed class RunStore : IDisposable
{
    private readonly StoreConnection connection;

    private RunStore(StoreConnection connection, string run, long term, long clock, bool isNew)
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

    /// <summary>Opens a run of the catalogue under the service's term: whoever held it before has lost it.</summary>
    /// <param name="term">The service's term on this store.</param>
    /// <exception cref="TermLostException">A later service holds the run.</exception>
    public static RunStore Open(
        IStoreDatabase database, string run, long term, string holder, StoreAccess access, Action<string>? failpoint = null)
    {
        StoreConnection connection = database.Open(access);
        try
        {
            using StoreWrite write = connection.BeginWriting();
            DbTransaction transaction = write.Transaction;
            long service = connection.Connection.ExecuteScalar<long>(
                "SELECT term FROM coord_lease WHERE run = @Service", new { ServiceStore.Service }, transaction);
            if (service != term)
            {
                // Its rows of runs are raised with it (ServiceStore); one that is new here would not be.
                throw new TermLostException($"A later coordinator service (term {service}) holds run {run}; this one (term {term}) stops.");
            }

            bool isNew = connection.Connection.Execute(
                "INSERT INTO coord_lease(run, holder, term, clock) VALUES(@run, @holder, @term, 0) ON CONFLICT(run) DO NOTHING",
                new { run, holder, term },
                transaction) == 1;
            long clock = connection.Connection.ExecuteScalar<long>("SELECT clock FROM coord_lease WHERE run = @run", new { run }, transaction);
            write.Commit();
            return new RunStore(connection, run, term, clock, isNew) { Failpoint = failpoint ?? (static _ => { }), Time = access.Time };
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Begins the one transaction of an effect. Nothing is written to disk unless the effect writes something.</summary>
    public StoreTransaction Begin(long clock) => new(connection, this, clock);

    /// <summary>Everything stored about the run.</summary>
    public RunReader Read() => new(connection.Connection, Run);

    /// <inheritdoc cref="StoreConnection.Scrub"/>
    public void Scrub() => connection.Scrub();

    public void Dispose() => connection.Dispose();
}
