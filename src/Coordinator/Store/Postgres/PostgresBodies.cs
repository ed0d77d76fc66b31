using Dapper;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Transport.Blobs;
using Npgsql;
using NpgsqlTypes;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>
/// The bodies of one run in PostgreSQL, cut into rows. The service that leads is the only one that writes them, so what it knows of them holds for
/// as long as its term.
/// </summary>
/// <param name="term">Under which the service leads.</param>
internal sealed class PostgresBodies(PostgresDatabase database, Guid run, long term, TimeProvider time) : IBodyArchive
{
    /// <summary>Makes the tables; under the lock of writers. They are the same for all versions, as that of the lease is.</summary>
    public const string Table =
        """
        CREATE TABLE IF NOT EXISTS bodies(
            run TEXT COLLATE "C" NOT NULL, sha256 TEXT COLLATE "C" NOT NULL, size BIGINT NOT NULL, chunk_size BIGINT NOT NULL, codec TEXT NOT NULL,
            PRIMARY KEY(run, sha256));
        CREATE TABLE IF NOT EXISTS body_parts(
            run TEXT COLLATE "C" NOT NULL, sha256 TEXT COLLATE "C" NOT NULL, part BIGINT NOT NULL, content BYTEA NOT NULL,
            PRIMARY KEY(run, sha256, part),
            FOREIGN KEY(run, sha256) REFERENCES bodies(run, sha256) ON DELETE CASCADE);
        """;

    /// <summary>Bytes of a row: few enough that several are in memory at a time, so many that a row's own cost does not count.</summary>
    private const int PartBytes = 1 << 20;

    /// <summary>Longest that the server takes for one answer about a large body.</summary>
    private const int TransferSeconds = 60;

    /// <summary>Keeps whoever would take over waiting until the transaction ends.</summary>
    private const string Locked = "FOR SHARE";

    private readonly string name = run.ToString();
    private readonly Lock gate = new();
    private Dictionary<string, BlobClaim>? known;

    public BlobClaim? Find(string sha256)
    {
        lock (gate)
        {
            return Known().GetValueOrDefault(sha256);
        }
    }

    public IReadOnlyCollection<string> Held()
    {
        lock (gate)
        {
            return [.. Known().Keys];
        }
    }

    public void Put(BlobClaim claim, string file)
    {
        Try("kept", connection =>
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            RequireLead(transaction, "");
            connection.Execute("DELETE FROM bodies WHERE run = @name AND sha256 = @Sha256", new { name, claim.Sha256 }, transaction);
            Insert(connection, run, claim, file);

            // Once more, for another may have taken over meanwhile, and held until the end. No longer than that: while the row is held the lease
            // cannot be renewed.
            RequireLead(transaction, Locked);
            transaction.Commit();
            return true;
        });
        lock (gate)
        {
            Known()[claim.Sha256] = claim;
        }
    }

    public void Read(string sha256, Stream target)
    {
        long start = target.Position;
        Try("read", connection =>
        {
            target.SetLength(start);
            target.Position = start;
            using NpgsqlCommand command = connection.CreateCommand();
            command.CommandText = "SELECT content FROM body_parts WHERE run = @run AND sha256 = @sha256 ORDER BY part";
            command.CommandTimeout = TransferSeconds;
            command.Parameters.AddWithValue("run", name);
            command.Parameters.AddWithValue("sha256", sha256);
            using NpgsqlDataReader rows = command.ExecuteReader();
            while (rows.Read())
            {
                target.Write(rows.GetFieldValue<byte[]>(0));
            }

            return true;
        });
    }

    public void Remove(string sha256)
    {
        lock (gate)
        {
            if (!Known().ContainsKey(sha256))
            {
                return;
            }
        }

        Delete("sha256 = @sha256", sha256);
        lock (gate)
        {
            Known().Remove(sha256);
        }
    }

    public void RemoveAll()
    {
        Delete("TRUE", sha256: null);
        lock (gate)
        {
            known = null;
        }
    }

    /// <summary>Runs of which there are bodies.</summary>
    internal static IReadOnlyCollection<Guid> Runs(NpgsqlConnection connection) =>
        connection.ExecuteScalar<bool>("SELECT to_regclass('bodies') IS NOT NULL")
            ? [.. connection.Query<string>("SELECT DISTINCT run FROM bodies").Select(Guid.Parse)]
            : [];

    /// <summary>Writes a body that is not there yet, within the connection's transaction.</summary>
    internal static void Insert(NpgsqlConnection connection, Guid run, BlobClaim claim, string file)
    {
        connection.Execute(
            "INSERT INTO bodies(run, sha256, size, chunk_size, codec) VALUES(@run, @Sha256, @Size, @ChunkSize, @Codec)",
            new { run = run.ToString(), claim.Sha256, claim.Size, claim.ChunkSize, claim.Codec });
        using FileStream body = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        using NpgsqlBinaryImporter rows = connection.BeginBinaryImport("COPY body_parts(run, sha256, part, content) FROM STDIN (FORMAT BINARY)");
        rows.Timeout = TimeSpan.FromSeconds(TransferSeconds);
        byte[] buffer = new byte[PartBytes];
        for (long part = 0; body.ReadAtLeast(buffer, PartBytes, throwOnEndOfStream: false) is > 0 and var length; part++)
        {
            rows.StartRow();
            rows.Write(run.ToString(), NpgsqlDbType.Text);
            rows.Write(claim.Sha256, NpgsqlDbType.Text);
            rows.Write(part, NpgsqlDbType.Bigint);
            rows.Write(buffer.AsSpan(0, length).ToArray(), NpgsqlDbType.Bytea);
        }

        rows.Complete();
    }

    private Dictionary<string, BlobClaim> Known() => known ??= Try("listed", connection => connection
        .Query<(string Sha256, long Size, long ChunkSize, string Codec)>(
            "SELECT sha256, size, chunk_size, codec FROM bodies WHERE run = @name", new { name })
        .ToDictionary(
            row => row.Sha256,
            row => new BlobClaim { Sha256 = row.Sha256, Size = row.Size, ChunkSize = (int)row.ChunkSize, Codec = row.Codec },
            StringComparer.Ordinal));

    /// <summary>Removes bodies of the run; none where another replica leads.</summary>
    private void Delete(string which, string? sha256) => Try("removed", connection =>
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        connection.Execute($"DELETE FROM bodies WHERE run = @name AND {which}", new { name, sha256 }, transaction, TransferSeconds);
        if (Leads(transaction, Locked))
        {
            transaction.Commit();
        }

        return true;
    });

    private bool Leads(NpgsqlTransaction transaction, string locked) => transaction.Connection!.ExecuteScalar<bool>(
        $"SELECT EXISTS(SELECT FROM service_lease WHERE term = @term {locked})", new { term }, transaction);

    /// <exception cref="TermLostException">Another replica leads.</exception>
    private void RequireLead(NpgsqlTransaction transaction, string locked)
    {
        if (!Leads(transaction, locked))
        {
            throw new TermLostException($"Another replica has taken over from this one (term {term}); this one stands by.");
        }
    }

    /// <param name="what">Is to be done with a body, for a message.</param>
    /// <exception cref="IOException">The database is away, or refuses.</exception>
    private T Try<T>(string what, Func<NpgsqlConnection, T> act) => PatientQuery.Ask(database, time, what, act);
}
