using Dapper;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using Npgsql;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>
/// What the database says of bodies that are on their way to another place: until they are all there, it names the place of before, whatever
/// tables there are for the new one.
/// </summary>
internal static class BodyMove
{
    /// <summary>Says that the service's bodies are where they are, though some are at another place too.</summary>
    public static void Begin(PostgresDatabase database, BodyPlace source) => database.Ask(connection => connection.Execute(
        $"{PostgresDatabase.MoveTable}; INSERT INTO body_move(source) VALUES(@source) ON CONFLICT(one) DO UPDATE SET source = @source",
        new { source = source.ToString() }));

    /// <summary>In one transaction: the bodies are at the new place, and nothing says that they ever were at the one of before.</summary>
    /// <param name="term">Under which they were copied.</param>
    /// <param name="folder">With bodies from a folder: its files that replicas need in common; null: those of the database stay.</param>
    /// <exception cref="TermLostException">A coordinator leads.</exception>
    public static void Commit(PostgresDatabase database, BodyPlace target, long term, StoreOptions? folder, StoreAccess access)
    {
        using StoreConnection connection = database.Open(access);
        using StoreWrite write = connection.BeginWriting();
        var own = (NpgsqlConnection)connection.Connection;
        if (!own.ExecuteScalar<bool>(
            "SELECT EXISTS(SELECT FROM service_lease WHERE term = @term FOR UPDATE)", new { term }, write.Transaction))
        {
            throw new TermLostException(
                $"A coordinator has taken the lead in {database.Name} meanwhile. Nothing has changed for it; stop it, and do the same again.");
        }

        string[] needless =
        [
            "body_move",
            .. target == BodyPlace.Postgres ? [] : new[] { "body_parts", "bodies" },
            .. target == BodyPlace.S3 ? [] : new[] { "body_objects" },
            .. target == BodyPlace.Folder || folder is not null ? new[] { "state_files" } : [],
        ];
        own.Execute($"DROP TABLE IF EXISTS {string.Join(", ", needless)}", transaction: write.Transaction);
        if (folder is not null)
        {
            PostgresFiles.Add(own, folder, write.Transaction);
        }

        write.Commit();
    }
}
