using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Provenance;

/// <summary>The key of a state folder, read or made where it is first needed, and once. Any thread may ask.</summary>
internal sealed class HeldProvenanceKey(string file)
{
    private readonly Lock gate = new();
    private ProvenanceKey? key;

    /// <summary>Reads a key that is there: a damaged one is better known at the start than when a run has ended.</summary>
    /// <exception cref="StateFolderException">It cannot be used.</exception>
    public void Check()
    {
        if (File.Exists(file))
        {
            Get();
        }
    }

    /// <exception cref="StateFolderException">The file holds no key.</exception>
    /// <exception cref="IOException">It could not be read or written; the next call tries again.</exception>
    public ProvenanceKey Get()
    {
        lock (gate)
        {
            return key ??= ProvenanceKey.Load(file);
        }
    }
}
