namespace EdgeFlora.Contracts.Api;

/// <summary>What the service uses, and what waits in its queues.</summary>
public sealed record ServiceResources
{
    public required DateTimeOffset At { get; init; }

    /// <summary>Bytes free where the state folder lies; absent where the system does not tell.</summary>
    public long? DiskFreeBytes { get; init; }

    /// <summary>Bytes of that disk in all.</summary>
    public long? DiskTotalBytes { get; init; }

    /// <summary>Bytes of the store: runs, fleet and events.</summary>
    public required long DatabaseBytes { get; init; }

    /// <summary>Bytes of adapters and other bodies that are kept.</summary>
    public required long BodyBytes { get; init; }

    /// <summary>Resident memory of the service's process, bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Messages that named an agent and were not sent by its user at the broker; they were dropped.</summary>
    public required long ForgedMessages { get; init; }

    /// <summary>Queues that agents send to. Empty on a bus in memory.</summary>
    public required IReadOnlyList<QueueDepth> Queues { get; init; }

    /// <summary>Why the broker could not be asked for its queues, in a sentence; absent: it was.</summary>
    public string? QueuesProblem { get; init; }
}
