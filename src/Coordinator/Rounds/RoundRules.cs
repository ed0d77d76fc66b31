namespace EdgeFlora.Coordinator.Rounds;

/// <summary>The run's rules as the round machine needs them; times in milliseconds of the run clock.</summary>
internal sealed record RoundRules
{
    public required ulong Seed { get; init; }

    public required double Quorum { get; init; }

    /// <summary>Results wanted per round; 0: from every agent.</summary>
    public required int AgentsPerRound { get; init; }

    public required double OverSelection { get; init; }

    public required long OfferTimeoutMs { get; init; }

    public required long SoftDeadlineMs { get; init; }

    public required long HardDeadlineMs { get; init; }

    public required int Extensions { get; init; }

    public required long StragglerGraceMs { get; init; }

    public required long LeaseGraceMs { get; init; }

    public required int MaxAttempts { get; init; }

    public required long AggregationTimeoutMs { get; init; }

    /// <summary>Number of the run's last round.</summary>
    public int LastRound { get; init; } = int.MaxValue;

    /// <summary>Whether tasks of a frozen round go on, for their results may count in the next.</summary>
    public bool KeepLate { get; init; }
}
