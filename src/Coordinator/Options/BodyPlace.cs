namespace EdgeFlora.Coordinator.Options;

/// <summary>Where bodies of runs are kept (<c>store.bodies</c>).</summary>
public enum BodyPlace
{
    /// <summary>In the state folder, which replicas share.</summary>
    Folder,

    /// <summary>In the PostgreSQL database that replicas share.</summary>
    Postgres,

    /// <summary>In a bucket of S3, which the database names.</summary>
    S3,
}
