using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>What decides what an agent is at.</summary>
internal sealed record AgentWaitFacts
{
    public required AgentPresence Presence { get; init; }

    public required AgentStanding Standing { get; init; }

    /// <summary>Why it is drained, quarantined or revoked.</summary>
    public string? Reason { get; init; }

    /// <summary>Time since it was last heard.</summary>
    public required TimeSpan Unheard { get; init; }

    /// <summary>Whether it measures models, and does not train.</summary>
    public bool Evaluates { get; init; }

    /// <summary>Name of the run it works for; null: none.</summary>
    public string? Run { get; init; }

    /// <summary>What it is at for that run: <c>round 3: training, 62 %</c>; null: not known.</summary>
    public string? Task { get; init; }

    /// <summary>Runs that are not over, each with why this agent has nothing to do for it: <c>'night' can't use it: its data is for lm</c>.</summary>
    public IReadOnlyList<string> Runs { get; init; } = [];
}
