using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>Files in common, in memory; they can be away.</summary>
internal sealed class MemoryFiles : ISharedFiles
{
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);

    public bool IsAway { get; set; }

    /// <summary>Called before a file is read, on the thread that asks.</summary>
    public Action Reading { get; set; } = static () => { };

    /// <summary>Called before a file is written, on the thread that asks.</summary>
    public Action Writing { get; set; } = static () => { };

    public IReadOnlyDictionary<string, byte[]> Agree(IReadOnlyDictionary<string, byte[]> own)
    {
        foreach ((string name, byte[] content) in own.Keys.Any(There().ContainsKey) ? new Dictionary<string, byte[]>() : own)
        {
            files[name] = content;
        }

        return own.Keys.ToDictionary(name => name, name => files[name]);
    }

    public byte[]? Read(string name)
    {
        Reading();
        return There().GetValueOrDefault(name);
    }

    public void Write(string name, byte[] content)
    {
        Writing();
        There()[name] = content;
    }

    private Dictionary<string, byte[]> There() => IsAway ? throw new StoreUnavailableException("The database is away.") : files;
}
