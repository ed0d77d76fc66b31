using EdgeFlora.Contracts.Api;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>Which agents to list.</summary>
public sealed record AgentFilter
{
    /// <summary>Only agents whose labels match.</summary>
    public LabelSelector Selector { get; init; } = LabelSelector.Any;

    /// <summary>Only agents of this presence.</summary>
    public AgentPresence? Presence { get; init; }

    /// <summary>Only agents of this standing.</summary>
    public AgentStanding? Standing { get; init; }

    /// <summary>What <see cref="Page{T}.Next"/> of the part before said; null: from the start.</summary>
    public string? Cursor { get; init; }

    /// <summary>Most agents in this part, 1 … 500.</summary>
    public int Limit { get; init; } = 100;
}
