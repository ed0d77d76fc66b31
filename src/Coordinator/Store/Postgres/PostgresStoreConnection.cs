using System.Data.Common;
using Dapper;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>A way to the database. It takes a connection out of the pool for each statement and each transaction, and keeps none.</summary>
internal sealed class PostgresStoreConnection(PostgresDatabase database, NpgsqlDataSource pool, LapsedLease lapsed, StoreAccess access)
    : StoreConnection(pool.CreateConnection())
{
    /// <summary>
    /// Held by whoever writes, as SQLite's one lock is: events get their numbers in the order in which they are stored, and what was read in a
    /// transaction holds until it ends.
    /// </summary>
    internal const long WritersLock = 0x45646765_466C6F72;

    /// <summary>Longest that reading tries again while the database is away.</summary>
    private static readonly TimeSpan ReadingPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Not by reading JSON, for that of PostgreSQL stops at U+0000. A quotation mark within a text is written as a number.</summary>
    public override string AgentOfEvent => "SUBSTRING(body FROM '\"AgentId\":\"([^\"]*)\"')";

    private NpgsqlConnection Link => (NpgsqlConnection)Connection;

    public override StoreWrite BeginWriting()
    {
        var waiting = new StoreWaiting(access);
        while (true)
        {
            NpgsqlTransaction? transaction = null;
            try
            {
                Link.Open();
                transaction = Link.BeginTransaction();
                Link.Execute($"SET LOCAL lock_timeout = '1s'; SELECT pg_advisory_xact_lock({WritersLock});", transaction: transaction);
                return new PostgresWrite(this, transaction);
            }
            catch (Exception failure)
            {
                GiveUp(transaction, failure);
                if (!PostgresFailures.IsOutage(failure))
                {
                    throw;
                }
            }

            waiting.Wait(Pause);
        }
    }

    public override T Read<T>(Func<T> read)
    {
        long began = access.Time.GetTimestamp();
        while (true)
        {
            try
            {
                return read();
            }
            catch (NpgsqlException failure)
                when (PostgresFailures.IsOutage(failure) && access.Time.GetElapsedTime(began) < ReadingPatience)
            {
                GiveUp(transaction: null, failure);
            }

            Task.Delay(Pause, access.Time, access.Stop).GetAwaiter().GetResult();
        }
    }

    public override bool MayTryAgain(Exception failure) => PostgresFailures.IsOutage(failure);

    /// <summary>Ends the connections of whoever led and does no more: what it had begun is taken back.</summary>
    /// <exception cref="StateFolderException">A replica of a later version has upgraded the database.</exception>
    public override bool MayLead()
    {
        _ = database.Ask(connection => Version(connection, transaction: null));
        if (database.Ask(LeaseRow.Read) is not { } row)
        {
            return true;
        }

        if (!row.IsOver)
        {
            lapsed.Forget();
            return false;
        }

        if (!row.IsReleased && !lapsed.IsRipe(row, access.Time))
        {
            return false;
        }

        database.Ask(connection => connection.Execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = @Session AND pid <> pg_backend_pid()",
            new { row.Session }));
        return true;
    }

    public override bool TryClaim(DbTransaction transaction)
    {
        var own = (NpgsqlTransaction)transaction;
        Link.Execute(LeaseRow.Table + AddressRow.Table, transaction: own);
        if (LeaseRow.Hold(Link, own) is { IsOver: false })
        {
            return false;
        }

        Upgrade(own);
        return true;
    }

    public override void SetLeader(StoreLeader leader, DbTransaction transaction) => Link.Execute(
        """
        INSERT INTO service_lease(service, holder, session, role, term, expires_at)
        VALUES(@service, @Holder, @Session, CURRENT_USER, @Term, clock_timestamp() + @seconds * INTERVAL '1 second')
        ON CONFLICT(one) DO UPDATE SET service = @service, holder = @Holder, session = @Session, role = CURRENT_USER, term = @Term,
            expires_at = clock_timestamp() + @seconds * INTERVAL '1 second'
        """,
        new { service = leader.Service.ToString(), leader.Holder, database.Session, leader.Term, seconds = database.Options.Lease.TotalSeconds },
        transaction);

    /// <summary>
    /// What was deleted goes from the table's pages. The server's write-ahead log, and archives and replicas of it, keep it as long as they are kept.
    /// </summary>
    public override void Scrub()
    {
        database.Ask(connection => connection.Execute("VACUUM noise"));
    }

    /// <summary>Whether a transaction whose end was not heard of is stored; waits until the database says so.</summary>
    /// <param name="id">The transaction's.</param>
    /// <param name="process">The server's process that had it.</param>
    internal bool IsCommitted(string id, int process)
    {
        var waiting = new StoreWaiting(access);
        while (true)
        {
            try
            {
                using NpgsqlConnection connection = pool.OpenConnection();
                string? status = connection.ExecuteScalar<string?>("SELECT pg_xact_status(@id::xid8)", new { id });
                if (status != "in progress")
                {
                    return status == "committed";
                }

                // It has not heard of our commit, and waits for it.
                connection.Execute("SELECT pg_terminate_backend(@process)", new { process });
            }
            catch (PostgresException unknown) when (unknown.SqlState == PostgresErrorCodes.InvalidParameterValue)
            {
                // A server that stands in for the one of before has never seen it.
                return false;
            }
            catch (NpgsqlException failure) when (PostgresFailures.IsOutage(failure))
            {
                pool.Clear();
            }

            waiting.Wait(Pause);
        }
    }

    /// <summary>Puts a connection away of which nothing is expected any more.</summary>
    internal void GiveUp(NpgsqlTransaction? transaction, Exception? failure)
    {
        try
        {
            transaction?.Dispose();
            Link.Close();
        }
        catch (Exception broken) when (broken is NpgsqlException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It was broken already.
        }

        if (failure is not null and not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } && PostgresFailures.IsOutage(failure))
        {
            pool.Clear();
        }
    }

    private void Upgrade(NpgsqlTransaction transaction)
    {
        long version = Version(Link, transaction);
        if (version == Migrations.Newest)
        {
            return;
        }

        foreach (Migration migration in Migrations.Postgres.Where(migration => migration.Number > version))
        {
            Link.Execute(migration.Sql, transaction: transaction);
        }

        Link.Execute(
            version == 0 ? "INSERT INTO schema_version(version) VALUES(@Newest)" : "UPDATE schema_version SET version = @Newest",
            new { Migrations.Newest },
            transaction);
    }

    /// <summary>The schema's version; 0: there is none yet.</summary>
    private long Version(NpgsqlConnection connection, NpgsqlTransaction? transaction)
    {
        long version = connection.ExecuteScalar<bool>("SELECT to_regclass('schema_version') IS NOT NULL", transaction: transaction)
            ? connection.ExecuteScalar<long>("SELECT version FROM schema_version", transaction: transaction)
            : 0;
        return version <= Migrations.Newest ? version : throw new StateFolderException(
            $"{database.Name} has schema version {version}; this build reads versions up to {Migrations.Newest}: a replica of a later version has "
                + "upgraded it. Upgrade this one too.");
    }
}
