using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Contracts.Presence;

/// <summary>An agent says that it is there and what it has (agent → fleet). Sent at start, after every reconnect, and again until answered.</summary>
public sealed record AgentHello
{
    public required MessageHeader Header { get; init; }

    /// <summary>Queue the agent listens on.</summary>
    public required string ReplyQueue { get; init; }

    /// <summary>
    /// Id of the agent's state folder: another process of the same installation is a restart, one of another installation a rival. Since version 5.
    /// </summary>
    public Guid Installation { get; init; }

    /// <summary>Labels that the agent's owner gave it, by which runs choose. Since version 5.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its data sets; the one that <see cref="Data"/> is about comes first. Since version 5.</summary>
    public IReadOnlyList<DataSetSummary> DataSets { get; init; } = [];

    /// <summary>
    /// Queue that goes with the agent's connection to the broker (see <see cref="Queues.Connection"/>); null: it has none, and only its silence
    /// tells.
    /// </summary>
    public string? ConnectionQueue { get; init; }

    /// <summary>Oldest contract version the agent understands.</summary>
    public required int ContractMin { get; init; }

    /// <summary>Newest contract version the agent understands.</summary>
    public required int ContractMax { get; init; }

    /// <summary>Version of the agent program.</summary>
    public required string Build { get; init; }

    /// <summary>Operating system and processor, e.g. <c>linux-x64</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>What the agent will do.</summary>
    public AgentRole Role { get; init; }

    /// <summary>What it lets be learnt from its data. Since version 3.</summary>
    public LearningTask Task { get; init; }

    /// <summary>Engines it can train with, best first.</summary>
    public required IReadOnlyList<EngineCapability> Engines { get; init; }

    public int CpuCores { get; init; }

    /// <summary>What its owner lets it take of the device. Absent: not said.</summary>
    public DeviceLimits? Limits { get; init; }

    /// <summary>Bytes free where the agent keeps its journal and cache.</summary>
    public long DiskFreeBytes { get; init; }

    public required DataSummary Data { get; init; }

    /// <summary>Base models the agent holds, in folders of its owner's and in its cache.</summary>
    public required IReadOnlyList<BaseModelRef> Bases { get; init; }

    /// <summary>That it fetches base models which it lacks, and where it keeps them; absent: it fetches none. Since version 6.</summary>
    public ModelCacheSummary? ModelCache { get; init; }

    /// <summary>The task that the agent's journal holds longest.</summary>
    public OpenTask? Journal { get; init; }

    /// <summary>All tasks that its journal holds. Since version 5.</summary>
    public IReadOnlyList<OpenTask> Tasks { get; init; } = [];
}

/// <summary>What an agent is for.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<AgentRole>))]
public enum AgentRole
{
    /// <summary>Holds private data and trains on it.</summary>
    Trainer,

    /// <summary>Holds a central test set and measures the global adapter on it; never trains.</summary>
    Evaluator,
}

/// <summary>An engine and the device it would use.</summary>
public sealed record EngineCapability
{
    /// <summary><c>portable</c> or <c>torch</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>Device for people: <c>cpu (AVX-512, 2 threads)</c>, <c>cuda:0 NVIDIA …</c>.</summary>
    public required string Device { get; init; }

    public long MemoryTotalBytes { get; init; }

    public long MemoryFreeBytes { get; init; }

    /// <summary>Largest LoRA rank that fits into the free memory with 16 examples a step, if measured.</summary>
    public int? LargestRank { get; init; }

    /// <summary>Most examples a step that fit at rank 8, if measured.</summary>
    public int? LargestBatch { get; init; }

    /// <summary>Tokens of an example in these measurements.</summary>
    public int? MeasuredTokens { get; init; }

    /// <summary>Training speed measured, if measured.</summary>
    public double? TokensPerSecond { get; init; }
}

/// <summary>What an agent may take of its device, as its owner set it; what is absent has no limit.</summary>
public sealed record DeviceLimits
{
    /// <summary>Threads that train.</summary>
    public int Threads { get; init; }

    /// <summary>Niceness of what trains, 0 … 19.</summary>
    public int Nice { get; init; }

    /// <summary>Bytes of memory of the agent and what trains for it.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Bytes of its state folder.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>Bytes of bodies a second that it sends.</summary>
    public long? BytesUp { get; init; }

    /// <summary>Bytes of bodies a second that it asks for.</summary>
    public long? BytesDown { get; init; }

    /// <summary>Hours of its local time in which it works, as its owner wrote them.</summary>
    public string? Hours { get; init; }

    /// <summary>Whether it works on battery.</summary>
    public bool OnBattery { get; init; } = true;

    /// <summary>Whether it works over a network that is paid by volume.</summary>
    public bool Metered { get; init; } = true;

    /// <summary>
    /// Whether it trains only on base models as they lie on the device: it fetches none, and declines tasks with a
    /// <see cref="TaskOffer.BaseDelta"/>.
    /// </summary>
    public bool LocalModelsOnly { get; init; }
}

/// <summary>How much private data an agent has; never the data itself.</summary>
public sealed record DataSummary
{
    /// <summary>Examples it trains on.</summary>
    public required int Examples { get; init; }

    /// <summary>Examples it keeps for measuring.</summary>
    public required int HeldOut { get; init; }

    /// <summary>SHA-256 of the data set: tells whether it changed between rounds.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>A named data set of an agent; never the data itself.</summary>
public sealed record DataSetSummary
{
    public required string Name { get; init; }

    /// <summary>What its owner lets be learnt from it.</summary>
    public required LearningTask Task { get; init; }

    /// <summary>Examples to train on.</summary>
    public required int Examples { get; init; }

    /// <summary>Examples kept for measuring.</summary>
    public required int HeldOut { get; init; }

    /// <summary>SHA-256 of the data set.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Names of its classes; empty for texts, or where the agent does not tell.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}

/// <summary>A task an agent had begun before it was restarted.</summary>
public sealed record OpenTask
{
    public required Guid RunId { get; init; }

    public required Guid TaskId { get; init; }

    public required int LeaseEpoch { get; init; }

    /// <summary>Last optimiser step in its checkpoint; 0 if none.</summary>
    public int Step { get; init; }

    /// <summary>True if training had ended and only the report was missing.</summary>
    public bool Trained { get; init; }
}
