using System.Globalization;

namespace EdgeFlora.Learning.Devices;

/// <summary>What the system says of this process's memory and its limits, in bytes; null where it says nothing.</summary>
internal sealed record MemoryReadings
{
    private const string ControlGroups = "/sys/fs/cgroup";

    /// <summary>What the process has in memory, mapped files included.</summary>
    public required long Resident { get; init; }

    /// <summary>What of it is no file that the system could read again.</summary>
    public required long Own { get; init; }

    /// <summary>What the system could give, to all processes together, without swapping.</summary>
    public long? Available { get; init; }

    /// <summary>The tightest limit of the process's control group and those above it, and what is used in that group but for files.</summary>
    public (long Limit, long Used)? Group { get; init; }

    /// <summary>What the garbage collector may have, and what it has.</summary>
    public required (long Limit, long Committed) Collector { get; init; }

    /// <summary>As they are now.</summary>
    public static MemoryReadings Now()
    {
        long resident = Environment.WorkingSet;
        GCMemoryInfo collector = GC.GetGCMemoryInfo();
        return new MemoryReadings
        {
            Resident = resident,
            Own = Field(Read("/proc/self/status"), "RssAnon:") ?? resident,
            Available = Field(Read("/proc/meminfo"), "MemAvailable:"),
            Group = Tightest(Read("/proc/self/cgroup"), Read),
            Collector = (collector.TotalAvailableMemoryBytes, collector.TotalCommittedBytes),
        };
    }

    /// <summary>Of a control group and its parents, the one with the lowest limit, of version 2 or 1; a kernel can have both.</summary>
    /// <param name="membership">Content of <c>/proc/self/cgroup</c>.</param>
    /// <param name="read">Content of a file; null where there is none.</param>
    internal static (long Limit, long Used)? Tightest(string? membership, Func<string, string?> read)
    {
        string[] lines = membership?.Split('\n') ?? [];
        string? second = lines.FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?[3..];
        string? first = lines.Select(line => line.Split(':', 3))
            .FirstOrDefault(parts => parts.Length == 3 && parts[1].Split(',').Contains("memory"))?[2];
        (long Limit, long Used)? newer = Tightest(ControlGroups, second?.Trim(), "memory.max", "memory.current", read);
        (long Limit, long Used)? older =
            Tightest(ControlGroups + "/memory", first?.Trim(), "memory.limit_in_bytes", "memory.usage_in_bytes", read);
        return newer is null || older?.Limit < newer.Value.Limit ? older : newer;
    }

    private static (long Limit, long Used)? Tightest(string root, string? path, string limitFile, string useFile, Func<string, string?> read)
    {
        (long Limit, long Used)? tightest = null;
        while (path is not null)
        {
            string folder = root + path.TrimEnd('/');
            if (Number(read($"{folder}/{limitFile}")) is { } limit
                && Number(read($"{folder}/{useFile}")) is { } used
                && !(tightest?.Limit <= limit))
            {
                string? parts = read($"{folder}/memory.stat");
                long files = (Counter(parts, "inactive_file") ?? 0) + (Counter(parts, "active_file") ?? 0);
                tightest = (limit, Math.Max(0, used - files));
            }

            int parent = path.TrimEnd('/').LastIndexOf('/');
            path = path.Length <= 1 ? null : parent <= 0 ? "/" : path[..parent];
        }

        return tightest;
    }

    /// <summary>A line of kilobytes of a file of <c>/proc</c>, in bytes.</summary>
    internal static long? Field(string? table, string name)
    {
        string? line = table?.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return Number(line?[name.Length..].Replace("kB", "", StringComparison.Ordinal)) * 1024;
    }

    private static long? Counter(string? table, string name)
    {
        string? line = table?.Split('\n').FirstOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return Number(line?[(name.Length + 1)..]);
    }

    private static long? Number(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

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
