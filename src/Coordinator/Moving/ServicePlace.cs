using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Moving;

/// <summary>Where a service on PostgreSQL keeps what is its own, as its settings say.</summary>
/// <param name="StateFolder">Folder of a replica; with bodies in folders the one that all of them share.</param>
/// <param name="Database">Its database, and where bodies are.</param>
public sealed record ServicePlace(string StateFolder, PostgresOptions Database)
{
    internal StoreOptions Folder => new() { StateFolder = StateFolder };

    internal BodyPlace Bodies => Database.Bodies;

    /// <summary>Where bodies are, for people.</summary>
    public override string ToString() => Bodies switch
    {
        BodyPlace.Folder => $"the state folder '{StateFolder}'",
        BodyPlace.Postgres => Database.ToString(),
        _ => Database.S3!.ToString(),
    };
}
