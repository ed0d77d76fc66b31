namespace EdgeFlora.Coordinator.Options;

/// <summary>Where the run's truth lives: a SQLite file and the bodies of adapters.</summary>
public sealed record StoreOptions
{
    /// <summary>The folder; made if missing. A run in it is continued.</summary>
    public required string StateFolder { get; init; }

    internal string DatabaseFile => Path.Combine(StateFolder, "coordinator.db");

    /// <summary>Entries by which a coordinator's state folder is known.</summary>
    public IReadOnlyCollection<string> Marks => [Path.GetFileName(DatabaseFile), Path.GetFileName(LockFile), Path.GetFileName(BlobFolder)];

    internal string LockFile => Path.Combine(StateFolder, "coordinator.lock");

    internal string BlobFolder => Path.Combine(StateFolder, "blobs");

    /// <summary>Folder of a run's bodies.</summary>
    internal string BodiesOf(Guid run) => Path.Combine(BlobFolder, run.ToString());

    internal IEnumerable<string> Problems() =>
        string.IsNullOrWhiteSpace(StateFolder) ? ["Store:StateFolder is empty; name a folder for the run's state."]
        : File.Exists(StateFolder) ? [$"Store:StateFolder is '{StateFolder}', which is a file; name a folder for the run's state."]
        : [];
}
