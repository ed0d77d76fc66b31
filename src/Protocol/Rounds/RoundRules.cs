namespace EdgeFlora.Protocol.Rounds;

/// <summary>The run's rules as the round machine needs them; times in milliseconds of the run clock.</summary>
internal sealed record RoundRules
{
    public required ulong Seed { get; init; }

    public required double Quorum { get; init; }

    /// <summary>Results wanted per round; 0: from every agent.</summary>
    public required int AgentsPerRound { get; init; }

    public required double OverSelection { get; init; }

    /// <summary>
    /// Probability with which an agent is drawn in a private run; absent: the run is not private, and agents are asked by
    /// <see cref="AgentsPerRound"/>.
    /// </summary>
    public double? SamplingRate { get; init; }

    /// <summary>Results below which no quorum falls, however few agents take their tasks.</summary>
    public int MinResults { get; init; } = 1;

    public required long OfferTimeoutMs { get; init; }

    public required long SoftDeadlineMs { get; init; }

    public required long HardDeadlineMs { get; init; }

    public required int Extensions { get; init; }

    public required long StragglerGraceMs { get; init; }

    public required long LeaseGraceMs { get; init; }

    public required int MaxAttempts { get; init; }

    public required long AggregationTimeoutMs { get; init; }

    /// <summary>How long a planned round waits for its agents.</summary>
    public long StartTimeoutMs { get; init; }

    /// <summary>Number of the run's last round.</summary>
    public int LastRound { get; init; } = int.MaxValue;

    /// <summary>Whether results of a round that is over may count in the next.</summary>
    public bool KeepLate { get; init; }

    /// <summary>Whether tasks of this round go on when it is frozen; after the last round there is none that their results could count in.</summary>
    public bool GoesOn(int round) => KeepLate && round < LastRound;

    /// <summary>How long at most a round is open: its last deadline, after all extensions.</summary>
    public long LongestMs => HardDeadlineMs + (Extensions * SoftDeadlineMs);

    /// <summary>How long at most a task may outlive the last deadline of its round: until the next is frozen, 0 where it does not go on.</summary>
    public long LateMs(int round) => GoesOn(round) ? AggregationTimeoutMs + StartTimeoutMs + LongestMs : 0;
}
