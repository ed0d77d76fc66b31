using System.Globalization;

namespace EdgeFlora.Learning.Devices;

/// <summary>Memory that this process may still take.</summary>
public static class AvailableMemory
{
    private const string SystemTable = "/proc/meminfo";
    private const string ControlGroup = "/sys/fs/cgroup";

    /// <summary>
    /// Bytes, all limits considered: what the system calls available, what a control group (a container) leaves, what the garbage collector was
    /// allowed.
    /// </summary>
    public static long Bytes
    {
        get
        {
            GCMemoryInfo collector = GC.GetGCMemoryInfo();
            long allowed = Math.Max(0, collector.TotalAvailableMemoryBytes - Environment.WorkingSet);
            long least = Least(
                allowed, Read(SystemTable), Read(Path.Combine(ControlGroup, "memory.max")), Read(Path.Combine(ControlGroup, "memory.current")));

            // A service's own group lies below the one that a container shows as its root.
            return MemoryReadings.Now().Group is { } group ? Math.Clamp(group.Limit - group.Used, 0, least) : least;
        }
    }

    /// <summary>The least of what the sources allow; a source that is missing or says nothing limits nothing.</summary>
    /// <param name="allowed">Bytes allowed by the runtime.</param>
    /// <param name="table">Content of <c>/proc/meminfo</c>.</param>
    /// <param name="groupLimit">Content of a control group's <c>memory.max</c>: bytes, or <c>max</c>.</param>
    /// <param name="groupUse">Content of its <c>memory.current</c>.</param>
    internal static long Least(long allowed, string? table, string? groupLimit, string? groupUse)
    {
        const string Line = "MemAvailable:";
        string? available = table?.Split('\n').FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
        if (available?[Line.Length..].Replace("kB", "", StringComparison.Ordinal) is { } text && TryParse(text, out long kilobytes))
        {
            allowed = Math.Min(allowed, kilobytes * 1024);
        }

        return TryParse(groupLimit, out long limit) && TryParse(groupUse, out long used) ? Math.Clamp(limit - used, 0, allowed) : allowed;
    }

    private static bool TryParse(string? text, out long number) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // A hardened container may hide its own limits; the others still hold.
            return null;
        }
    }
}
