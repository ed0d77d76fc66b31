namespace EdgeFlora.Contracts.Api;

/// <summary>A run in a list.</summary>
public sealed record RunSummary
{
    /// <summary>Random (UUIDv7), chosen at submission.</summary>
    public required Guid Id { get; init; }

    /// <summary>For people; may repeat.</summary>
    public required string Name { get; init; }

    public required RunState State { get; init; }

    /// <summary>Why it is in this state, in a sentence; absent where the state says all.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// Whether it is a private run of a service that was restored from a backup, held until <see cref="ResumeRequest.SpentRounds"/> says what it has
    /// spent since.
    /// </summary>
    public bool SpentUnknown { get; init; }

    /// <summary>What it waits for at this moment; absent: nothing.</summary>
    public WaitReason? Waiting { get; init; }

    /// <summary><c>classification</c> or <c>lm</c>.</summary>
    public required string Task { get; init; }

    /// <summary>Name of the base model.</summary>
    public required string Model { get; init; }

    public required string Strategy { get; init; }

    /// <summary>Rounds that have a model.</summary>
    public required int RoundsCommitted { get; init; }

    /// <summary>Rounds that were skipped.</summary>
    public required int RoundsSkipped { get; init; }

    /// <summary>Rounds asked for.</summary>
    public required int Rounds { get; init; }

    /// <summary>Higher goes first; runs of one priority by age. -100 … 100.</summary>
    public required int Priority { get; init; }

    public string? Note { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When its first round opened.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The newest measurement of its global model on a central test set: 0 … 1.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The same as a loss: nats an example, or a token for language models.</summary>
    public double? Loss { get; init; }
}
