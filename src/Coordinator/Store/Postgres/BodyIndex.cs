using Dapper;
using EdgeFlora.Contracts.Blobs;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>
/// Which object holds which body, where bodies are kept outside of the database. A row is written once its object is whole, under the term of
/// whoever leads; an object that no row names is nobody's.
/// </summary>
internal sealed class BodyIndex(PostgresDatabase database, long term, TimeProvider time)
{
    /// <summary>Makes the table; under the lock of writers. It is the same for all versions, as that of the lease is.</summary>
    public const string Table =
        """
        CREATE TABLE IF NOT EXISTS body_objects(
            run TEXT COLLATE "C" NOT NULL, sha256 TEXT COLLATE "C" NOT NULL, size BIGINT NOT NULL, chunk_size BIGINT NOT NULL, codec TEXT NOT NULL,
            object TEXT COLLATE "C" NOT NULL UNIQUE, PRIMARY KEY(run, sha256));
        """;

    /// <summary>Bytes of all bodies.</summary>
    public long Size => Ask("counted", connection => connection.ExecuteScalar<long>("SELECT COALESCE(SUM(size), 0)::BIGINT FROM body_objects"));

    /// <summary>
    /// What tells the service's database from another with the same service in it, such as a dump that was read back. A server that takes over from
    /// the one it follows is no other.
    /// </summary>
    public string Identity => Ask("looked up", Identify);

    /// <summary>Whether it names no object.</summary>
    public bool IsEmpty => Ask("looked up", connection => connection.ExecuteScalar<bool>("SELECT NOT EXISTS(SELECT FROM body_objects)"));

    public void Prepare() => Ask("looked up", connection => connection.Execute(Table));

    /// <summary>Runs of which there are bodies.</summary>
    public IReadOnlyCollection<Guid> Runs() => Ask("listed", connection =>
        connection.Query<string>("SELECT DISTINCT run FROM body_objects").Select(Guid.Parse).ToArray());

    /// <summary>The bodies of a run, by hash, with the object that holds each.</summary>
    public Dictionary<string, (BlobClaim Claim, string Object)> Of(Guid run) => Ask("listed", connection => connection
        .Query<(string Sha256, long Size, long ChunkSize, string Codec, string Object)>(
            "SELECT sha256, size, chunk_size, codec, object FROM body_objects WHERE run = @run", new { run = run.ToString() })
        .ToDictionary(
            row => row.Sha256,
            row => (new BlobClaim { Sha256 = row.Sha256, Size = row.Size, ChunkSize = (int)row.ChunkSize, Codec = row.Codec }, row.Object),
            StringComparer.Ordinal));

    /// <summary>Says that a body is there, in an object that is whole.</summary>
    /// <returns>The object that held it before; null: none did, or the same.</returns>
    /// <exception cref="TermLostException">Another replica leads.</exception>
    public string? Name(Guid run, BlobClaim claim, string name)
    {
        (bool kept, string? before) = Ask("kept", connection => connection.QuerySingle<(bool, string?)>(
            """
            WITH led AS (SELECT term FROM service_lease WHERE term = @term FOR SHARE),
            before AS (SELECT object FROM body_objects WHERE run = @run AND sha256 = @Sha256),
            kept AS (
                INSERT INTO body_objects(run, sha256, size, chunk_size, codec, object)
                SELECT @run, @Sha256, @Size, @ChunkSize, @Codec, @name FROM led
                ON CONFLICT(run, sha256) DO UPDATE SET
                    size = EXCLUDED.size, chunk_size = EXCLUDED.chunk_size, codec = EXCLUDED.codec, object = EXCLUDED.object
                RETURNING 1)
            SELECT EXISTS(SELECT FROM kept), (SELECT object FROM before)
            """,
            new { run = run.ToString(), claim.Sha256, claim.Size, claim.ChunkSize, claim.Codec, name, term }));
        return kept ? before == name ? null : before : throw Lost();
    }

    /// <summary>Says that a body is not there any more.</summary>
    /// <returns>The object that held it, which nobody will ever ask for again; null: there was none, or another replica leads.</returns>
    public string? Forget(Guid run, string sha256) => Ask("removed", connection => connection.QuerySingleOrDefault<string?>(
        """
        WITH led AS (SELECT term FROM service_lease WHERE term = @term FOR SHARE)
        DELETE FROM body_objects WHERE run = @run AND sha256 = @sha256 AND EXISTS(SELECT FROM led) RETURNING object
        """,
        new { run = run.ToString(), sha256, term }));

    /// <summary>Says that no body of a run is there any more.</summary>
    /// <returns>The objects that held them; none where another replica leads.</returns>
    public IReadOnlyCollection<string> Forget(Guid run) => Ask("removed", connection => connection.Query<string>(
        """
        WITH led AS (SELECT term FROM service_lease WHERE term = @term FOR SHARE)
        DELETE FROM body_objects WHERE run = @run AND EXISTS(SELECT FROM led) RETURNING object
        """,
        new { run = run.ToString(), term }).ToArray());

    /// <summary>All objects that hold bodies, as the replica that leads knows them.</summary>
    /// <exception cref="TermLostException">Another replica leads.</exception>
    public IReadOnlySet<string> Named() => Ask<IReadOnlySet<string>>("listed", connection =>
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
        HashSet<string> named = [.. connection.Query<string>("SELECT object FROM body_objects", transaction: transaction)];
        return connection.ExecuteScalar<bool>("SELECT EXISTS(SELECT FROM service_lease WHERE term = @term)", new { term }, transaction)
            ? named
            : throw Lost();
    });

    /// <summary>Writes a row within a transaction of whoever copies a service.</summary>
    internal static void Insert(NpgsqlConnection connection, Guid run, BlobClaim claim, string name) => connection.Execute(
        """
        INSERT INTO body_objects(run, sha256, size, chunk_size, codec, object) VALUES(@run, @Sha256, @Size, @ChunkSize, @Codec, @name)
        """,
        new { run = run.ToString(), claim.Sha256, claim.Size, claim.ChunkSize, claim.Codec, name });

    /// <inheritdoc cref="Identity"/>
    internal static string Identify(NpgsqlConnection connection) => connection.ExecuteScalar<string>(
        "SELECT system_identifier || ' ' || 'service'::regclass::oid FROM pg_control_system()")!;

    private TermLostException Lost() =>
        new(FormattableString.Invariant($"Another replica has taken over from this one (term {term}); this one stands by."));

    private T Ask<T>(string deed, Func<NpgsqlConnection, T> question) => PatientQuery.Ask(database, time, deed, question);
}
