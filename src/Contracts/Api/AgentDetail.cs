using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Contracts.Api;

/// <summary>All that is known of one agent.</summary>
public sealed record AgentDetail
{
    public required AgentSummary Summary { get; init; }

    public required IReadOnlyList<EngineCapability> Engines { get; init; }

    /// <summary>Base models it holds.</summary>
    public required IReadOnlyList<BaseModelRef> Models { get; init; }

    /// <summary>Where it keeps base models that it has fetched; absent: it fetches none.</summary>
    public ModelCacheSummary? ModelCache { get; init; }

    public required IReadOnlyList<AgentDataSet> DataSets { get; init; }

    public int? CpuCores { get; init; }

    /// <summary>What its owner lets it take of the device, and when it may work; absent: it has not said.</summary>
    public DeviceLimits? Limits { get; init; }

    public long? DiskFreeBytes { get; init; }

    /// <summary>LoRA rank of its task in the round at hand of the run it works for; absent: it has none.</summary>
    public int? Rank { get; init; }

    public DateTimeOffset? EnrolledAt { get; init; }

    /// <summary>Its user at the broker, by which its messages are proved; absent: it has none of its own, and nothing proves them.</summary>
    public string? BrokerUser { get; init; }

    /// <summary>Whether an operator wants its password at the broker changed and it has not done so yet; see docs/agent.md for who can't.</summary>
    public bool PasswordChangeWanted { get; init; }

    /// <summary>Messages in its name that its user did not send, dropped since the service started.</summary>
    public long ForgedMessages { get; init; }

    /// <summary>What became of it and its work, newest first; at most 100.</summary>
    public required IReadOnlyList<AgentHistoryEntry> History { get; init; }

    /// <summary>
    /// The last lines of its terminal, oldest first; empty where its owner does not let it tell, or nothing was told since the service began.
    /// </summary>
    public IReadOnlyList<string> Terminal { get; init; } = [];

    /// <summary>When it told them; absent: it has not.</summary>
    public DateTimeOffset? TerminalAt { get; init; }

    /// <summary>
    /// The newest events of runs that speak of it, newest first, at most 100: its results with what it measured, its failures and refusals.
    /// </summary>
    public IReadOnlyList<EventEnvelope> Events { get; init; } = [];
}

/// <summary>A named data set of an agent; never the data itself.</summary>
/// <param name="Task"><c>classification</c> or <c>lm</c>.</param>
public sealed record AgentDataSet(string Name, string Task, int Examples, int HeldOut);

/// <summary>Something that happened to an agent.</summary>
/// <param name="By">Name of the operator token, if an operator did it.</param>
public sealed record AgentHistoryEntry(DateTimeOffset At, string What, Guid? RunId, string? By);
