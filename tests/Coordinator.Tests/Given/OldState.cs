using EdgeFlora.Coordinator.Options;
using Microsoft.Data.Sqlite;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Makes of a state folder what the build before had made.</summary>
internal static class OldState
{
    public const string UndoOfVersion8 = "DROP TABLE enrolments; DROP TABLE agent_tokens";

    public const string UndoOfVersion7 =
        $"{UndoOfVersion8}; ALTER TABLE runs DROP COLUMN entry; DROP TABLE fleet; DROP TABLE fleet_history; DROP TABLE commands; DROP TABLE service; DELETE FROM coord_lease WHERE run = 'service'; "
        + "CREATE TABLE events_of_run(run TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(run, sequence)); "
        + "INSERT INTO events_of_run SELECT run, sequence, body FROM events; DROP TABLE events; ALTER TABLE events_of_run RENAME TO events";

    /// <summary>A folder of schema version 6, which holds one run and its bodies without a folder of their own.</summary>
    /// <param name="config">The run's settings, as that build kept them.</param>
    public static void Make(CoordinatorOptions options, string config)
    {
        using (var connection = new SqliteConnection($"Data Source={options.Store.DatabaseFile};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = $"UPDATE runs SET config = $config; {UndoOfVersion7}; PRAGMA user_version = 6";
            command.Parameters.AddWithValue("$config", config);
            command.ExecuteNonQuery();
        }

        string bodies = Settings.Bodies(options);
        foreach (string entry in Directory.EnumerateFileSystemEntries(bodies))
        {
            Directory.Move(entry, Path.Combine(options.Store.BlobFolder, Path.GetFileName(entry)));
        }

        Directory.Delete(bodies);
    }
}
