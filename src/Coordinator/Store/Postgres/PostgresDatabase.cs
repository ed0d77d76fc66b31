using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Transport.Blobs;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>
/// A PostgreSQL database that replicas share. One of them leads, by a lease that the database's clock times; see docs/decisions/replicas.md.
/// </summary>
internal sealed class PostgresDatabase : IStoreDatabase
{
    /// <summary>The first with everything that is used: <c>pg_current_xact_id</c>, <c>pg_xact_status(xid8)</c>.</summary>
    internal const int OldestServer = 13;

    /// <summary>Longest that one statement takes, and that a connection takes to be made.</summary>
    private const int StatementSeconds = 5;

    /// <summary>Longest that a connection for the lease takes to be made.</summary>
    private const int LeaseSeconds = 2;

    /// <summary>Loops of runs that write or read at the same moment; no run keeps a connection.</summary>
    private const int Connections = 20;

    /// <summary>Answers <see cref="Identity"/>.</summary>
    internal const string IdentityQuery =
        """
        SELECT 'postgres ' || s.system_identifier || ' timeline ' || c.timeline_id || ' table ' || 'service'::regclass::oid
        FROM pg_control_system() s, pg_control_checkpoint() c
        """;

    /// <summary>Makes the table that says where bodies are while they are copied to another place.</summary>
    internal const string MoveTable =
        "CREATE TABLE IF NOT EXISTS body_move(one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK(one), source TEXT NOT NULL)";

    /// <summary>Of those, what moves bodies at the same moment, so that what must not wait finds one.</summary>
    private const int ForBodies = 4;

    private const int SessionBytes = 16;

    private readonly NpgsqlDataSource pool;
    private readonly LapsedLease lapsed = new();
    private bool isChecked;

    public PostgresDatabase(PostgresOptions options)
    {
        Options = options;
        pool = NpgsqlDataSource.Create(Place(options, Session).ConnectionString);
    }

    public PostgresOptions Options { get; }

    /// <summary>Marks the connections of this process, so that a successor can end them.</summary>
    public string Session { get; } = $"edgeflora {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SessionBytes))}";

    /// <summary>Entered by whoever moves a body.</summary>
    public SemaphoreSlim Transfers { get; } = new(ForBodies);

    public string Name => Options.ToString();

    /// <summary>
    /// A dump that is read into another database makes other tables, and a server that is set back to an earlier moment goes on with another
    /// timeline.
    /// </summary>
    public string Identity => Ask(connection => connection.ExecuteScalar<string>(IdentityQuery)!);

    public long Size => Ask(connection => connection.ExecuteScalar<long>("SELECT pg_database_size(current_database())"));

    public bool IsOutage(Exception failure) => failure is StoreUnavailableException { InnerException: { } cause }
        ? PostgresFailures.IsOutage(cause)
        : PostgresFailures.IsOutage(failure);

    public StoreLeader? Leader() => Ask(connection => LeaseRow.Read(connection) is { IsOver: false } row
        ? new StoreLeader(row.Holder, row.Term, Guid.Parse(row.Service)) { Address = AddressRow.Read(connection, row.Term) }
        : null);

    public void Tell(ReplicaAddress address, long term) => Ask(connection => AddressRow.Write(connection, address, term));

    public BodyPlace? BodiesIn => Ask<BodyPlace?>(connection =>
    {
        if (HasTable(connection, "body_move"))
        {
            return Enum.Parse<BodyPlace>(connection.ExecuteScalar<string>("SELECT source FROM body_move")!);
        }

        // An empty table says nothing: it is made when a service begins, which may have been refused, or had no run.
        return HasRows(connection, "bodies") ? BodyPlace.Postgres
            : HasRows(connection, "body_objects") ? BodyPlace.S3
            : HasRows(connection, "models") || HasRows(connection, "results") ? BodyPlace.Folder
            : null;
    });

    public void PrepareBodies()
    {
        if (Options.KeepsBodies)
        {
            Ask(connection => connection.Execute(PostgresBodies.Table));
        }
    }

    public IBodyArchive? BodiesOf(Guid run, long term, TimeProvider time) =>
        Options.KeepsBodies ? new PostgresBodies(this, run, term, time) : null;

    public IReadOnlyCollection<Guid> RunsWithBodies(TimeProvider time) =>
        Options.KeepsBodies ? PatientQuery.Ask(this, time, "listed", PostgresBodies.Runs) : [];

    public StoreConnection Open(StoreAccess access)
    {
        Check();
        return new PostgresStoreConnection(this, pool, lapsed, access);
    }

    public IServiceLease LeaseOf(long term, TimeProvider time)
    {
        NpgsqlConnectionStringBuilder place = Place(Options, Session);
        (place.Pooling, place.Timeout) = (false, LeaseSeconds);
        return new PostgresLease(place.ConnectionString, term, Options.Lease, time);
    }

    public Exception? Describe(DbException failure)
    {
        // After an outage whoever led has time to lead on.
        lapsed.Forget();
        pool.Clear();
        return PostgresFailures.Describe(failure, Options);
    }

    public void Dispose()
    {
        Transfers.Dispose();
        pool.Dispose();
    }

    /// <summary>How a connection is made.</summary>
    internal static NpgsqlConnectionStringBuilder Place(PostgresOptions options, string session) => new()
    {
        Host = options.Host,
        Port = options.Port,
        Database = options.Database,
        Username = options.User,
        Password = options.Password,
        SslMode = options.IsLoopback && options.Ca is null ? SslMode.Prefer : SslMode.VerifyFull,
        RootCertificate = options.Ca,
        GssEncryptionMode = GssEncryptionMode.Disable,
        ApplicationName = session,
        Timeout = StatementSeconds,
        CommandTimeout = StatementSeconds,

        // Without an answer within the time the connection is given up, and not waited for once more.
        CancellationTimeout = -1,
        MaxPoolSize = Connections,
        Enlist = false,
    };

    private static bool HasTable(NpgsqlConnection connection, string name) =>
        connection.ExecuteScalar<bool>("SELECT to_regclass(@name) IS NOT NULL", new { name });

    /// <param name="table">One of ours, which may not be there.</param>
    private static bool HasRows(NpgsqlConnection connection, string table) =>
        HasTable(connection, table) && connection.ExecuteScalar<bool>($"SELECT EXISTS(SELECT FROM {table})");

    /// <summary>Asks once more where the server has ended the connections of before.</summary>
    internal T Ask<T>(Func<NpgsqlConnection, T> question)
    {
        try
        {
            using NpgsqlConnection connection = pool.OpenConnection();
            return question(connection);
        }
        catch (NpgsqlException broken) when (PostgresFailures.IsOutage(broken))
        {
            pool.Clear();
            using NpgsqlConnection fresh = pool.OpenConnection();
            return question(fresh);
        }
    }

    /// <summary>Why a server is not one that we can work with; null: it is.</summary>
    internal static string? Unfit(Version server, string encoding) =>
        server.Major < OldestServer ? $"it is version {server}; {OldestServer} or later is needed"
        : encoding != "UTF8" ? $"it keeps texts as {encoding}; make one with --encoding=UTF8 --template=template0"
        : null;

    /// <summary>Once, whether the server is one that we can work with.</summary>
    /// <exception cref="StoreUnavailableException">It is too old, or keeps texts in another encoding.</exception>
    private void Check()
    {
        if (isChecked)
        {
            return;
        }

        using NpgsqlConnection connection = pool.OpenConnection();
        if (Unfit(connection.PostgreSqlVersion, connection.ExecuteScalar<string>("SHOW server_encoding")!) is { } why)
        {
            throw new StoreUnavailableException($"{Name}: {why}.");
        }

        isChecked = true;
    }
}
