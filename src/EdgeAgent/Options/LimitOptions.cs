using System.Globalization;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>What an agent may take of its device. Section <c>Agent:Limits</c>.</summary>
internal sealed record LimitOptions
{
    /// <summary>Threads for training; 1 … 1024. Default 1. The result is the same for any number.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Niceness of the threads and processes that train, 0 … 19; the higher, the more they leave to others. Default 0. Not on Windows.
    /// </summary>
    public int Nice { get; init; }

    /// <summary>
    /// Bytes of memory that the agent and what trains for it may take together; tasks are made to fit into it, or declined. Null (the default): as
    /// much
    /// as the system and a control group leave.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Whether base weights may be held in fewer bits for a task that does not fit otherwise. Default true.</summary>
    public bool RoundWeights { get; init; } = true;

    /// <summary>
    /// Bytes of bodies that the agent sends in a second; messages around them are not counted. Null (the default): as fast as the link is.
    /// </summary>
    public long? BytesUp { get; init; }

    /// <summary>Bytes of bodies that the agent asks for in a second. Null (the default): as fast as the link is.</summary>
    public long? BytesDown { get; init; }

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

        (string Name, long? Bytes)[] sizes = [(nameof(MemoryBytes), MemoryBytes), (nameof(BytesUp), BytesUp), (nameof(BytesDown), BytesDown)];
        foreach ((string name, long? bytes) in sizes)
        {
            if (bytes is <= 0)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{Section}:{name} is {bytes}; it must be above 0.");
            }
        }

        if (DiskBytes is <= 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Section}:{nameof(DiskBytes)} is {DiskBytes}; it must be above 0.");
        }
    }
}
