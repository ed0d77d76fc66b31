using System.Collections.Immutable;

namespace EdgeFlora.Cli.Live;

/// <summary>One agent as an onlooker sees it.</summary>
internal sealed record AgentView(string Name)
{
    public AgentState State { get; init; } = AgentState.Idle;

    /// <summary>Phase of its task while it works: <c>Training</c>, <c>Uploading</c>, …</summary>
    public string? Phase { get; init; }

    /// <summary>Optimiser steps done of the task at hand.</summary>
    public int Step { get; init; }

    /// <summary>Optimiser steps of the task at hand; 0 before it is known.</summary>
    public int Total { get; init; }

    /// <summary>Training loss last heard of, nats.</summary>
    public double? Loss { get; init; }

    /// <summary>Accuracy of the global adapter on its held-out data, last heard of.</summary>
    public double? GlobalAccuracy { get; init; }

    /// <summary>Accuracy of its own adapter on its held-out data, last heard of.</summary>
    public double? LocalAccuracy { get; init; }

    /// <summary>Loss of the global adapter on its held-out data, last heard of, nats.</summary>
    public double? GlobalLoss { get; init; }

    /// <summary>Loss of its own adapter on its held-out data, last heard of, nats.</summary>
    public double? LocalLoss { get; init; }

    /// <summary>Training examples it said it has.</summary>
    public int? Examples { get; init; }

    /// <summary>Why it dropped, was refused or left, in a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>Number of the newest event that spoke of it.</summary>
    public long LastSequence { get; init; }

    /// <summary>Its part in each round so far.</summary>
    public ImmutableSortedDictionary<int, AgentRound> Rounds { get; init; } = ImmutableSortedDictionary<int, AgentRound>.Empty;

    /// <summary>Bytes handed in over all rounds.</summary>
    public long BytesUp => Rounds.Values.Sum(round => round.Bytes);
}
