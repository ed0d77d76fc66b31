using System.Globalization;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>What an agent may take of its device. Section <c>Agent:Limits</c>.</summary>
public sealed record LimitOptions
{
    /// <summary>Threads for training; 1 … 1024. Default 1. The result is the same for any number.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Niceness of the threads and processes that train, 0 … 19; the higher, the more they leave to others. Default 0. Not on Windows.
    /// </summary>
    public int Nice { get; init; }

    /// <summary>Bytes that the state folder may take; a task that begins above it is declined. Null (the default): no limit.</summary>
    public long? DiskBytes { get; init; }

    internal IEnumerable<string> Problems()
    {
        const string Section = $"{AgentOptions.Section}:Limits";
        if (Threads is < 1 or > 1024)
        {
            yield return $"{Section}:{nameof(Threads)} is {Threads}; it must be from 1 to 1024.";
        }

        if (Nice is < 0 or > 19)
        {
            yield return $"{Section}:{nameof(Nice)} is {Nice}; it must be from 0 to 19.";
        }

        if (DiskBytes is <= 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Section}:{nameof(DiskBytes)} is {DiskBytes}; it must be above 0.");
        }
    }
}
