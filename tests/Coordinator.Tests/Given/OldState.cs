using Dapper;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>
/// Makes of a state folder what the build with schema version 6 had made, which held one run and its bodies without a folder of their own.
/// </summary>
internal static class OldState
{
    private const int Version = 6;

    /// <param name="config">The run's settings, as that build kept them.</param>
    public static void Make(CoordinatorOptions options, string config)
    {
        string file = options.Store.DatabaseFile;
        string old = $"{file}.old";
        using (var connection = new SqliteConnection($"Data Source={old};Pooling=False"))
        {
            connection.Open();
            connection.Execute(string.Concat(Migrations.All.Take(Version).Select(migration => migration.Sql)) + $"PRAGMA user_version = {Version};");
            connection.Execute("ATTACH @file AS newer", new { file });
            foreach (
                string table in connection.Query<string>("SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").ToArray())
            {
                string columns = string.Join(", ", connection.Query<string>("SELECT name FROM pragma_table_info(@table, 'main')", new { table }));
                connection.Execute($"INSERT INTO main.{table}({columns}) SELECT {columns} FROM newer.{table}");
            }

            connection.Execute("UPDATE runs SET config = @config; DELETE FROM coord_lease WHERE run = 'service';", new { config });
        }

        foreach (string suffix in (string[])["", "-wal", "-shm"])
        {
            File.Delete(file + suffix);
        }

        File.Move(old, file);
        string bodies = Settings.Bodies(options);
        foreach (string entry in Directory.EnumerateFileSystemEntries(bodies))
        {
            Directory.Move(entry, Path.Combine(options.Store.BlobFolder, Path.GetFileName(entry)));
        }

        Directory.Delete(bodies);
    }
}
