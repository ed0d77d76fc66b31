namespace EdgeFlora.Experiments.Results;

/// <summary>What a round of one method came to.</summary>
public sealed record RoundFigures
{
    public required int Round { get; init; }

    /// <summary>The global adapter on the central test set; null where agents keep factors or the head and no global adapter says anything.</summary>
    public Measured? Test { get; init; }

    /// <summary>Agents' accuracy on their own held-out texts before they trained in the next round, weighted by these; null without any.</summary>
    public double? GlobalHeldOut { get; init; }

    /// <summary>The same after they trained in this round.</summary>
    public double? LocalHeldOut { get; init; }

    /// <summary>Divergence relative to the whole update; null where agents keep factors.</summary>
    public double? Whole { get; init; }

    /// <summary>Divergence relative to the round's own step.</summary>
    public double? Step { get; init; }

    /// <summary>The least divergence at this rank, relative to the whole update.</summary>
    public double? Bound { get; init; }

    /// <summary>The least divergence at this rank, relative to the round's own step.</summary>
    public double? BoundOfStep { get; init; }

    /// <summary>η of the server step.</summary>
    public double ServerRate { get; init; }

    public IReadOnlyList<LayerFigures> Layers { get; init; } = [];

    /// <summary>Agents whose results counted.</summary>
    public int Accepted { get; init; }

    /// <summary>Bytes that agents sent.</summary>
    public long BytesUp { get; init; }

    /// <summary>Bytes that agents fetched.</summary>
    public long BytesDown { get; init; }

    /// <summary>Milliseconds of one processor core that agents trained for, all together; another one each time.</summary>
    public long TrainMilliseconds { get; init; }

    /// <summary>The same of the agent that took longest: what a round takes at least where every agent has a processor core of its own.</summary>
    public long SlowestMilliseconds { get; init; }

    /// <summary>SHA-256 of the published adapter's body: two runs that agree in it agree in every bit.</summary>
    public required string Model { get; init; }
}
