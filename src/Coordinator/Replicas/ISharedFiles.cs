namespace EdgeFlora.Coordinator.Replicas;

/// <summary>
/// Small files that replicas with folders of their own have in common, such as operator tokens and the key of the API's certificate. Thread-safe.
/// </summary>
/// <remarks>Every call waits a few seconds for a database that is away, and throws a <c>StoreUnavailableException</c> then.</remarks>
public interface ISharedFiles
{
    /// <summary>Files that never change once there are some: those that are kept, or the given ones, which are kept from then on.</summary>
    /// <param name="own">By their names.</param>
    IReadOnlyDictionary<string, byte[]> Agree(IReadOnlyDictionary<string, byte[]> own);

    /// <summary>The file that is kept; null: there is none.</summary>
    byte[]? Read(string name);

    /// <summary>Keeps a file, in place of what there was. For the replica that leads.</summary>
    /// <remarks>Throws a <c>TermLostException</c> where this one leads no more.</remarks>
    void Write(string name, byte[] content);
}
