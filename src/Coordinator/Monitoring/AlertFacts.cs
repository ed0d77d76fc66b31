using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Monitoring;

/// <summary>What alerts are made of.</summary>
internal sealed record AlertFacts
{
    /// <summary>The moment it is asked at.</summary>
    public required DateTimeOffset Moment { get; init; }

    public required ServiceStatus Status { get; init; }

    public required ServiceResources Resources { get; init; }

    /// <summary>Why bodies can be neither stored nor read, as a sentence without its full stop; null: they can.</summary>
    public string? BodiesTrouble { get; init; }

    public required IReadOnlyList<RunSummary> Runs { get; init; }

    public required IReadOnlyList<AgentSummary> Agents { get; init; }

    /// <summary>Version that agents should have; null: any.</summary>
    public string? WantedVersion { get; init; }
}
