using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Monitoring;

/// <summary>What alerts are made of.</summary>
internal sealed record AlertFacts
{
    /// <summary>The moment it is asked at.</summary>
    public required DateTimeOffset Moment { get; init; }

    public required ServiceStatus Status { get; init; }

    public required ServiceResources Resources { get; init; }

    public required IReadOnlyList<RunSummary> Runs { get; init; }

    public required IReadOnlyList<AgentSummary> Agents { get; init; }
}
