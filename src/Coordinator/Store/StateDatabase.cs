using System.Globalization;
using System.Text.Json.Nodes;
using Dapper;
using EdgeFlora.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Store;

/// <summary>Opens the SQLite file and checks that it is what it should be.</summary>
internal static class StateDatabase
{
    static StateDatabase() => SQLitePCL.Batteries_V2.Init();

    /// <summary>How long one statement waits for a lock that another process holds; see <see cref="WriteLock"/> for what writes.</summary>
    public const int StatementSeconds = 5;

    /// <summary>
    /// Opens or makes the database, and waits as long as it takes where it has to be made or upgraded and another process holds its lock.
    /// </summary>
    /// <param name="gate">Makes the lock for writing of the new connection.</param>
    /// <exception cref="StateFolderException">The file is no database of ours, or of a later version.</exception>
    public static SqliteConnection Open(string file, Func<SqliteConnection, WriteLock> gate)
    {
        // SQLite gives the files it puts beside the database the database's own mode.
        if (!File.Exists(file))
        {
            PrivateFolder.Open(file, FileMode.OpenOrCreate, FileAccess.ReadWrite).Dispose();
        }

        // No pool: the file must be free when the store is closed.
        var place = new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = StatementSeconds };
        var connection = new SqliteConnection(place.ToString());
        try
        {
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;");
            connection.Execute($"PRAGMA busy_timeout = {StatementSeconds * 1000};");
            Prepare(connection, gate(connection), file);
            EmptyLog(connection);
            return connection;
        }
        catch (SqliteException failure)
        {
            connection.Dispose();
            throw new StateFolderException(
                $"'{file}' can't be opened as the run's database ({failure.Message}); name another Store:StateFolder or bring the file back.",
                failure);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes the library ready, for who opens a file in another way.</summary>
    public static void Initialise()
    {
        // The static constructor does it.
    }

    /// <summary>Waits for readers at most as long as any statement does; what is in their way is tried again the next time.</summary>
    public static void EmptyLog(SqliteConnection connection) => connection.Execute("PRAGMA wal_checkpoint(TRUNCATE);");

    private static void Prepare(SqliteConnection connection, WriteLock gate, string file)
    {
        long version = connection.ExecuteScalar<long>("PRAGMA user_version");
        if (version == Migrations.Newest)
        {
            return;
        }

        if (version > Migrations.Newest || (version == 0 && connection.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_master") > 0))
        {
            throw new StateFolderException(
                $"'{file}' has schema version {version}; this build reads versions 1 to {Migrations.Newest}. Use the build that made it, or name "
                + $"another Store:StateFolder.");
        }

        if (version > 0)
        {
            BackUp(connection, version, file);
        }

        using SqliteTransaction transaction = gate.Begin();
        foreach (Migration migration in Migrations.After(connection.ExecuteScalar<long>("PRAGMA user_version", transaction: transaction)))
        {
            connection.Execute(migration.Sql, transaction: transaction);
        }

        connection.Execute($"PRAGMA user_version = {Migrations.Newest};", transaction: transaction);
        transaction.Commit();
    }

    /// <summary>What is upgraded can't be read by an earlier build any more; this copy can.</summary>
    private static void BackUp(SqliteConnection connection, long version, string file)
    {
        string copy = BackupOf(file, version);
        string unfinished = $"{copy}.part";
        // SQLite writes into an empty file and keeps the mode that it has.
        PrivateFolder.Open(unfinished, FileMode.Create, FileAccess.Write).Dispose();
        connection.Execute("VACUUM INTO @unfinished", new { unfinished });
        AtomicFile.Adopt(unfinished, copy);
    }

    /// <summary>Where the database is kept as it was before it was upgraded from a version.</summary>
    public static string BackupOf(string file, long version) => string.Create(CultureInfo.InvariantCulture, $"{file}.v{version}");

    /// <summary>The first setting that differs, with both values.</summary>
    public static string? Difference(JsonNode? held, JsonNode? now, string path)
    {
        if (held is JsonObject before && now is JsonObject after)
        {
            return before.Select(p => p.Key).Union(after.Select(p => p.Key), StringComparer.Ordinal)
                .Select(key => Difference(before[key], after[key], path.Length == 0 ? key : $"{path}:{key}"))
                .FirstOrDefault(difference => difference is not null);
        }

        return JsonNode.DeepEquals(held, now) ? null : $"{path} was {held?.ToJsonString() ?? "absent"} and is now {now?.ToJsonString() ?? "absent"}";
    }
}
