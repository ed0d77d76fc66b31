using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Provenance;

/// <summary>The key that signs adapters, where replicas have folders of their own: whichever leads signs with the same.</summary>
internal static class SharedKey
{
    /// <summary>Puts the key that replicas have in common into the folder; the first one makes it.</summary>
    /// <param name="shared">Null: the folder is all there is.</param>
    /// <exception cref="TermLostException">The database is away.</exception>
    public static void Settle(string file, ISharedFiles? shared)
    {
        if (shared is null)
        {
            return;
        }

        try
        {
            string name = Path.GetFileName(file);
            byte[] agreed = shared.Read(name) ?? shared.Agree(new Dictionary<string, byte[]> { [name] = Own(file) })[name];
            if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(agreed))
            {
                AtomicFile.Write(file, stream => stream.Write(agreed));
            }
        }
        catch (StoreUnavailableException away)
        {
            throw new TermLostException($"{away.Message} This one stands by.", away);
        }
    }

    private static byte[] Own(string file)
    {
        ProvenanceKey.Load(file);
        return File.ReadAllBytes(file);
    }
}
