using System.Globalization;

namespace EdgeFlora.Integration.Tests.Given;

/// <summary>A control group of Linux with a limit of memory, of version 1 or 2, for one process and as long as the test.</summary>
internal sealed class ControlGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";

    private readonly string folder;
    private readonly bool isFirst;

    private ControlGroup(string folder, bool isFirst) => (this.folder, this.isFirst) = (folder, isFirst);

    /// <summary>A process writes its id here to enter.</summary>
    public string Entrance => Path.Combine(folder, "cgroup.procs");

    /// <summary>How often the kernel had to take pages back because the limit was reached; such as cannot be had again end the process.</summary>
    public long Reached => isFirst
        ? long.Parse(File.ReadAllText(Path.Combine(folder, "memory.failcnt")), CultureInfo.InvariantCulture)
        : long.Parse(
            File.ReadLines(Path.Combine(folder, "memory.events")).First(line => line.StartsWith("max ", StringComparison.Ordinal)).AsSpan(4),
            CultureInfo.InvariantCulture);

    /// <summary>The most that it has held at once, pages of files included, in bytes; null: this kernel does not tell.</summary>
    public long? Peak
    {
        get
        {
            string file = Path.Combine(folder, isFirst ? "memory.max_usage_in_bytes" : "memory.peak");
            return File.Exists(file) ? long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : null;
        }
    }

    /// <returns>Null: none can be made here.</returns>
    public static ControlGroup? TryCreate(string name, long bytes)
    {
        bool isFirst = Directory.Exists(Path.Combine(Root, "memory"));
        string folder = Path.Combine(Root, isFirst ? "memory" : "", name);
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(
                Path.Combine(folder, isFirst ? "memory.limit_in_bytes" : "memory.max"), bytes.ToString(CultureInfo.InvariantCulture));
            return new ControlGroup(folder, isFirst);
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Its process must have ended.</summary>
    public void Dispose() => Directory.Delete(folder);
}
