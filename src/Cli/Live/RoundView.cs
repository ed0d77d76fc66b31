using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Live;

/// <summary>One round as an onlooker sees it.</summary>
internal sealed record RoundView(int Number)
{
    /// <summary>Milliseconds since the run began.</summary>
    public long? OpenedMs { get; init; }

    /// <summary>Milliseconds since the run began at which it was committed or skipped.</summary>
    public long? ClosedMs { get; init; }

    /// <summary><c>Open</c>, <c>Extended</c>, <c>Aggregating</c>, <c>Committed</c> or <c>Skipped</c>.</summary>
    public RoundStage Stage { get; init; }

    /// <summary>The ledger's line once it is committed.</summary>
    public RoundFigures? Figures { get; init; }

    /// <summary>Accuracy of the round's global adapter on the central test set, once the evaluator has measured it; round 0 is the base.</summary>
    public double? GlobalAccuracy { get; init; }

    /// <summary>Loss of the round's global adapter on the central test set, nats.</summary>
    public double? GlobalLoss { get; init; }
}

internal enum RoundStage
{
    Open,
    Extended,
    Aggregating,
    Committed,
    Skipped,
}
