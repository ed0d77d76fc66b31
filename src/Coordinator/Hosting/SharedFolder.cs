using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// Makes sure that a state folder and a database belong together. Where bodies are in the folder, replicas share both: one with a folder of its own
/// would lack the bodies that the database speaks of.
/// </summary>
internal static class SharedFolder
{
    /// <summary>Before a service begins: whether the folder is of the kind that its settings ask for.</summary>
    /// <param name="database">Where the service shall keep its state; null: in the folder.</param>
    /// <exception cref="StateFolderException">It is not.</exception>
    public static void RequireKind(StoreOptions folder, PostgresOptions? database)
    {
        if (database is not null && File.Exists(folder.DatabaseFile))
        {
            throw new StateFolderException(
                $"Store:StateFolder '{folder.StateFolder}' holds runs in {Path.GetFileName(folder.DatabaseFile)}, which are not in {database}; name "
                + "another folder (--state), or go on with this one without --store.");
        }

        if (database is null && FolderOwner.Read(folder) is { } owner)
        {
            throw new StateFolderException(
                $"Store:StateFolder '{folder.StateFolder}' is of a service that keeps its runs in {owner.Database}; name that with --store, or "
                + "another folder with --state.");
        }
    }

    /// <summary>Before a replica begins to lead: marks the folder of a service that was made just now, and refuses any other's.</summary>
    /// <param name="service">Id of the service in the database.</param>
    /// <param name="isNew">Whether it was made just now.</param>
    /// <exception cref="StateFolderException">The folder is not the service's.</exception>
    public static void Accept(StoreOptions folder, PostgresOptions database, Guid service, bool isNew)
    {
        if (!isNew)
        {
            Beside(folder, database, service);
        }

        Mark(folder, database, service);
    }

    /// <summary>Makes a folder that of a service.</summary>
    public static void Mark(StoreOptions folder, PostgresOptions database, Guid service) => FolderOwner.Of(database, service).Write(folder);

    /// <summary>While another replica leads: whether this one could succeed it with its folder.</summary>
    /// <exception cref="StateFolderException">It could not.</exception>
    public static void Beside(StoreOptions folder, PostgresOptions database, Guid service)
    {
        if (!database.SharesNoFolder)
        {
            Require(folder, database, service);
        }
        else if (FolderOwner.Read(folder)?.Service is { } owner && owner != service)
        {
            throw new StateFolderException(
                $"Store:StateFolder '{folder.StateFolder}' is another service's, not the folder of a replica of the service in {database}; name a "
                + "new one with --state.");
        }
    }

    /// <summary>Before a replica serves: whether bodies are where its settings say.</summary>
    /// <exception cref="StateFolderException">They are not.</exception>
    public static void RequireBodies(PostgresOptions? settings, IStoreDatabase database)
    {
        if (settings is null || database.BodiesIn is not { } place || place == settings.Bodies)
        {
            return;
        }

        const string Bring = "bring them over with edgeflora coordinator copy-bodies";
        const string See = "(docs/operate.md, Two coordinators).";
        (string where, string say) = place switch
        {
            BodyPlace.Postgres => ("there too", "say so with store.bodies: postgres"),
            BodyPlace.S3 => ("in S3", "say so with store.bodies: s3"),
            _ => ("in the state folder", "leave store.bodies out"),
        };
        throw new StateFolderException(settings.Bodies switch
        {
            BodyPlace.Folder => $"The service in {settings} keeps its bodies {where}; {say}, or {Bring} {See}",
            var wanted => $"store.bodies is {wanted.ToString().ToLowerInvariant()}, but the service in {settings} keeps its bodies {where}; {say}, "
                + $"or {Bring} {See}",
        });
    }

    /// <exception cref="StateFolderException">The folder is not that of a service.</exception>
    private static void Require(StoreOptions folder, PostgresOptions database, Guid service)
    {
        Guid? owner = FolderOwner.Read(folder)?.Service;
        if (owner != service)
        {
            throw new StateFolderException(
                $"Store:StateFolder '{folder.StateFolder}' is {(owner is null ? "not" : "another service's, not")} the folder of the service in "
                + $"{database}: all replicas need the same one, with the bodies and models that the database speaks of. Name it with --state "
                + "(docs/operate.md, Two coordinators).");
        }
    }
}
