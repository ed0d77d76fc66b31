namespace EdgeFlora.EdgeAgent.Models;

/// <summary>A model of the cache that is in use: it is not removed until this is disposed of.</summary>
internal sealed class ModelLease(string sha256, string folder, ModelLock held) : IDisposable
{
    public string Sha256 => sha256;

    public string Folder => folder;

    public void Dispose() => held.Dispose();
}
