using System.Data.Common;
using Dapper;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Replicas;
using Npgsql;

namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>Files that replicas have in common, in the database that they share.</summary>
public sealed class PostgresFiles : ISharedFiles, IDisposable
{
    internal const string Table = "CREATE TABLE IF NOT EXISTS state_files(name TEXT COLLATE \"C\" PRIMARY KEY, content BYTEA NOT NULL)";

    /// <summary>Longest that is tried again while the database is away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly PostgresDatabase database;
    private readonly TimeProvider time;
    private long term;

    public PostgresFiles(PostgresOptions options, TimeProvider time)
    {
        database = new PostgresDatabase(options);
        this.time = time;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]> Agree(IReadOnlyDictionary<string, byte[]> own)
    {
        ArgumentNullException.ThrowIfNull(own);
        return Try(connection =>
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            connection.Execute($"SELECT pg_advisory_xact_lock({PostgresStoreConnection.WritersLock})", transaction: transaction);
            connection.Execute(Table, transaction: transaction);
            string[] names = [.. own.Keys];
            Dictionary<string, byte[]> kept = Kept(connection, names);
            foreach ((string name, byte[] content) in kept.Count == 0 ? own : new Dictionary<string, byte[]>())
            {
                connection.Execute("INSERT INTO state_files(name, content) VALUES(@name, @content)", new { name, content }, transaction);
            }

            transaction.Commit();
            return kept.Count == 0 ? own : kept;
        });
    }

    /// <inheritdoc/>
    public byte[]? Read(string name) => Try(connection =>
        connection.ExecuteScalar<bool>("SELECT to_regclass('state_files') IS NOT NULL") ? Kept(connection, [name]).GetValueOrDefault(name) : null);

    /// <inheritdoc/>
    public void Write(string name, byte[] content) => Try(connection => connection.Execute(
        $"""
        {Table};
        WITH led AS (SELECT term FROM service_lease WHERE term = @term FOR SHARE)
        INSERT INTO state_files(name, content) SELECT @name, @content FROM led
        ON CONFLICT(name) DO UPDATE SET content = EXCLUDED.content
        """,
        new { name, content, term = Interlocked.Read(ref term) }) == 1
            ? true
            : throw new TermLostException("Another replica leads: this one changes nothing more."));

    /// <summary>Adds a folder's files, within a transaction of whoever copies a service, where the database has none.</summary>
    internal static void Add(NpgsqlConnection connection, StoreOptions folder, DbTransaction transaction)
    {
        connection.Execute(Table, transaction: transaction);
        foreach (string file in folder.CommonFiles.Where(File.Exists))
        {
            connection.Execute(
                "INSERT INTO state_files(name, content) VALUES(@name, @content)",
                new { name = Path.GetFileName(file), content = File.ReadAllBytes(file) },
                transaction);
        }
    }

    /// <summary>From now on this replica leads, and may change files.</summary>
    internal void Lead(long under) => Interlocked.Exchange(ref term, under);

    public void Dispose() => database.Dispose();

    private static Dictionary<string, byte[]> Kept(NpgsqlConnection connection, string[] names) => connection
        .Query<(string Name, byte[] Content)>("SELECT name, content FROM state_files WHERE name = ANY(@names)", new { names })
        .ToDictionary(row => row.Name, row => row.Content, StringComparer.Ordinal);

    private T Try<T>(Func<NpgsqlConnection, T> act)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return database.Ask(act);
            }
            catch (DbException away) when (PostgresFailures.IsOutage(away) && time.GetElapsedTime(began) < Patience)
            {
                Task.Delay(Pause, time).GetAwaiter().GetResult();
            }
            catch (DbException failure)
            {
                throw PostgresFailures.Describe(failure, database.Options);
            }
        }
    }
}
