using System.Text.Json.Serialization;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Where the run's truth lives: a SQLite file and the bodies of adapters.</summary>
public sealed record StoreOptions
{
    /// <summary>The folder; made if missing. A run in it is continued.</summary>
    public required string StateFolder { get; init; }

    internal string DatabaseFile => Path.Combine(StateFolder, "coordinator.db");

    /// <summary>Entries by which a coordinator's state folder is known.</summary>
    public IReadOnlyCollection<string> Marks =>
        [Path.GetFileName(DatabaseFile), Path.GetFileName(LockFile), Path.GetFileName(BlobFolder), Path.GetFileName(ServiceFile)];

    /// <summary>In a folder that replicas share, in place of <see cref="DatabaseFile"/>: which service it is of, and where the database is.</summary>
    internal string ServiceFile => Path.Combine(StateFolder, "coordinator.service");

    internal string LockFile => Path.Combine(StateFolder, "coordinator.lock");

    /// <summary>The key that signs adapters.</summary>
    internal string ProvenanceKeyFile => Path.Combine(StateFolder, "provenance-key.pem");

    internal string BlobFolder => Path.Combine(StateFolder, "blobs");

    /// <summary>Operator tokens, by their hashes.</summary>
    internal string TokensFile => Path.Combine(StateFolder, "operator-tokens.json");

    /// <summary>The API's self-made certificate.</summary>
    [JsonIgnore]
    public string CertificateFile => Path.Combine(StateFolder, "api-certificate.pem");

    /// <summary>The key of <see cref="CertificateFile"/>.</summary>
    internal string CertificateKeyFile => Path.Combine(StateFolder, "api-key.pem");

    /// <summary>Files beside bodies that replicas need in common; each may be missing.</summary>
    internal IReadOnlyList<string> CommonFiles => [TokensFile, CertificateFile, CertificateKeyFile, ProvenanceKeyFile];

    /// <summary>Folder of a run's bodies.</summary>
    internal string BodiesOf(Guid run) => Path.Combine(BlobFolder, run.ToString());

    internal IEnumerable<string> Problems() =>
        string.IsNullOrWhiteSpace(StateFolder) ? ["Store:StateFolder is empty; name a folder for the run's state."]
        : File.Exists(StateFolder) ? [$"Store:StateFolder is '{StateFolder}', which is a file; name a folder for the run's state."]
        : [];
}
