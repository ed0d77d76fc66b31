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
            throw new StateFolderException($"'{file}' can't be opened as the run's database ({failure.Message}); name another Store:StateFolder or bring the file back.", failure);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Waits for readers at most as long as any statement does; what is in their way is tried again the next time.</summary>
    public static void EmptyLog(SqliteConnection connection) => connection.Execute("PRAGMA wal_checkpoint(TRUNCATE);");

    /// <summary>Makes the run's row, or checks that the file holds this run under these settings. Returns whether it is new.</summary>
    public static bool Claim(SqliteConnection connection, SqliteTransaction transaction, string file, string run, string name, string config)
    {
        (string Run, string Name, string Config) held = connection.QuerySingleOrDefault<(string, string, string)>("SELECT run, name, config FROM runs", transaction: transaction);
        if (held.Run is null)
        {
            connection.Execute(
                "INSERT INTO runs(run, name, config, state, last_sequence) VALUES(@run, @name, @config, 'Running', 0)", new { run, name, config }, transaction);
            return true;
        }

        if (Difference(JsonNode.Parse(held.Config)!, JsonNode.Parse(config)!, string.Empty) is { } difference)
        {
            throw new StateFolderException($"'{file}' holds run '{held.Name}' under other settings: {difference}; start with the same settings to continue it, or name another Store:StateFolder.");
        }

        return held.Run == run
            ? false
            : throw new StateFolderException($"'{file}' holds run {held.Run}, not {run}; name another Store:StateFolder.");
    }

    private static void Prepare(SqliteConnection connection, WriteLock gate, string file)
    {
        long version = connection.ExecuteScalar<long>("PRAGMA user_version");
        if (version == Schema.Version)
        {
            return;
        }

        if (version is >= 1 and < Schema.Version)
        {
            Upgrade(connection, gate, version, file);
            return;
        }

        if (version != 0 || connection.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_master") > 0)
        {
            throw new StateFolderException($"'{file}' has schema version {version}; this build reads version {Schema.Version}. Use the build that made it, or name another Store:StateFolder.");
        }

        using SqliteTransaction transaction = gate.Begin();
        connection.Execute(Schema.Sql + $"PRAGMA user_version = {Schema.Version};", transaction: transaction);
        transaction.Commit();
    }

    /// <summary>A run that an earlier build began is carried on; that build then refuses the file.</summary>
    private static void Upgrade(SqliteConnection connection, WriteLock gate, long from, string file)
    {
        // What is upgraded can't be read by an earlier build any more; this copy can.
        string copy = string.Create(CultureInfo.InvariantCulture, $"{file}.v{from}");
        if (!File.Exists(copy))
        {
            connection.Execute("VACUUM INTO @copy", new { copy });
            PrivateFolder.Secure(Path.GetDirectoryName(Path.GetFullPath(file))!, Path.GetFileName(file));
        }

        using SqliteTransaction transaction = gate.Begin();
        connection.Execute(string.Concat(Schema.Upgrades.Skip((int)from - 1)) + $"PRAGMA user_version = {Schema.Version};", transaction: transaction);
        transaction.Commit();
    }

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
