namespace EdgeFlora.Coordinator.Diagnosis;

/// <summary>What a PostgreSQL server says of itself.</summary>
/// <param name="Version">Of the server.</param>
/// <param name="Encoding">In which the database keeps texts.</param>
/// <param name="IsReadOnly">Whether it takes no writes: a standby server, or a database that is set so.</param>
/// <param name="IsShared">Whether something between us and it gives one connection to several clients: a pooler.</param>
public sealed record StoreServer(Version Version, string Encoding, bool IsReadOnly, bool IsShared)
{
    /// <summary>The encoding that is needed.</summary>
    public const string NeededEncoding = "UTF8";

    /// <summary>The first version with everything that is used.</summary>
    public static int OldestMajor => Store.Postgres.PostgresDatabase.OldestServer;

    /// <summary>Whether it lacks something that is used.</summary>
    public bool IsTooOld => Version.Major < OldestMajor;
}
