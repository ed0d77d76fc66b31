using System.Globalization;
using EdgeFlora.EdgeAgent.Limits;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.EdgeAgent.Models;

/// <summary>How much room there is for fetched models: by the owner's limits, and by the disk.</summary>
/// <param name="folder">Of the cache.</param>
/// <param name="free">Bytes that the disk of a folder has free.</param>
internal sealed class CacheSpace(AgentOptions options, string folder, Func<string, long> free)
{
    public long LimitBytes => options.ModelCache.LimitBytes;

    /// <summary>Bytes of the largest archive for which there would be room if only so many bytes of the cache had to stay.</summary>
    /// <param name="used">Bytes of the cache now.</param>
    /// <param name="staying">Of those, what would not give way.</param>
    public long Room(long used, long staying) => Math.Max(0, Math.Min(
        LimitBytes - staying, Math.Min(free(folder) + used - staying, StateLeft(used) is { } left ? left - staying : long.MaxValue) / 2));

    /// <summary>Says why a model cannot be fetched, in a sentence; null if it can.</summary>
    /// <param name="archive">Bytes of its archive.</param>
    /// <param name="have">Of those, what is here already.</param>
    /// <param name="used">Bytes that everything else in the cache takes.</param>
    public string? Lacking(long archive, long have, long used)
    {
        if (used + archive > LimitBytes)
        {
            return $"it takes {Size(archive)}, and models.cache.limit is {Size(LimitBytes)}"
                + (archive > LimitBytes ? "" : $", of which models that are in use take {Size(used)}");
        }

        if (StateLeft(used) is { } left && used + (2 * archive) > left)
        {
            return $"it takes {Size(archive)}, twice while it is unpacked, and limits.disk ({Size(options.Limits.DiskBytes!.Value)}) leaves "
                + $"{Size(Math.Max(0, left - used))} for it";
        }

        long available = free(folder);
        return (2 * archive) - have > available
            ? $"it takes {Size(archive)}, twice while it is unpacked, and the disk of '{folder}' has {Size(available)} free"
            : null;
    }

    /// <summary>For people, in decimal units: <c>438.2 MB</c>.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
    };

    /// <summary>What the limit of the state folder leaves for the cache; null: there is none, or the cache lies elsewhere.</summary>
    private long? StateLeft(long used) => options.Limits.DiskBytes is { } most && IsInState
        ? most - Math.Max(0, DiskUse.Of(options.StateFolder) - used)
        : null;

    /// <summary>Whether the cache counts as part of the state folder.</summary>
    public bool IsInState => (Path.GetFullPath(folder) + Path.DirectorySeparatorChar).StartsWith(
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.StateFolder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
