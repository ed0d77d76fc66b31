namespace EdgeFlora.Contracts.Api;

/// <summary>The round of a run that is planned, open or being merged, as it stands.</summary>
public sealed record RoundStanding
{
    /// <summary>From 1.</summary>
    public required int Round { get; init; }

    public required RoundStatus Status { get; init; }

    /// <summary>What it waits for: <c>round 7 waits for k3 (training, 62 %); 2 of 3 results are in; it closes in 4 min</c>.</summary>
    public required string Sentence { get; init; }

    /// <summary>Results that count so far.</summary>
    public required int Results { get; init; }

    /// <summary>Results at which it closes at once; 0 before it is open.</summary>
    public required int Goal { get; init; }

    /// <summary>Results without which it has no outcome; 0 before it is open.</summary>
    public required int Quorum { get; init; }

    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>From here on a quorum is enough; absent before it is open.</summary>
    public DateTimeOffset? SoftDeadline { get; init; }

    /// <summary>The end of its present state, whatever has come in; absent: it waits as long as it takes.</summary>
    public DateTimeOffset? HardDeadline { get; init; }

    /// <summary>Its tasks, those at work first, then by agent.</summary>
    public required IReadOnlyList<TaskStanding> Tasks { get; init; }
}
