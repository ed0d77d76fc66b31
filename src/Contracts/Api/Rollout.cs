using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>A change of how a run trains that goes to some of its agents first, is measured, and is then given to all or withdrawn.</summary>
public sealed record Rollout
{
    /// <summary>Counts the run's rollouts, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>What changes, each as <c>training.learningRate=0.001</c>.</summary>
    public required IReadOnlyList<string> Set { get; init; }

    /// <summary>Agents that have the change first, by name.</summary>
    public required IReadOnlyList<string> Agents { get; init; }

    /// <summary>The first round in which they have it.</summary>
    public required int FromRound { get; init; }

    /// <summary>Rounds over which it is measured.</summary>
    public required int Rounds { get; init; }

    /// <summary>How much worse than the others the first agents may do; see <see cref="RolloutRequest.Margin"/>.</summary>
    public required double Margin { get; init; }

    public required RolloutState State { get; init; }

    /// <summary>Why it ended as it did, in a sentence; absent while it is under way.</summary>
    public string? Reason { get; init; }

    public required DateTimeOffset BeganAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Name of the operator token that began it.</summary>
    public required string By { get; init; }

    /// <summary>Rounds that are over and were measured.</summary>
    public int Measured { get; init; }

    /// <summary>What came of the tasks of the agents that have the change.</summary>
    public RolloutGroup First { get; init; } = new();

    /// <summary>What came of the tasks of all others, in the same rounds.</summary>
    public RolloutGroup Others { get; init; } = new();
}

/// <summary>What came of the training tasks of some agents.</summary>
public sealed record RolloutGroup
{
    public int Tasks { get; init; }

    /// <summary>Those that ended without a result: declined, failed, or nothing was heard of them any more.</summary>
    public int Failed { get; init; }

    /// <summary>Those whose result was refused.</summary>
    public int Refused { get; init; }

    /// <summary>
    /// Loss on the agent's held-out data after training on it, as a multiple of the loss before; the median over agents and rounds. Below 1: training
    /// helped. Absent where nobody told both.
    /// </summary>
    public double? LossRatio { get; init; }
}

/// <summary>How a rollout stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RolloutState>))]
public enum RolloutState
{
    UnderWay,

    /// <summary>Nobody has the change any more.</summary>
    Withdrawn,

    /// <summary>All agents have the change.</summary>
    Finished,
}

/// <summary>Asks for a change to go to some of a run's agents first.</summary>
public sealed record RolloutRequest
{
    /// <summary>What changes, each as <c>training.learningRate=0.001</c>.</summary>
    public required IReadOnlyList<string> Set { get; init; }

    /// <summary>Share of the agents that are there which have it first, above 0 … 0.5.</summary>
    public double Share { get; init; } = 0.2;

    /// <summary>Rounds over which it is measured, 1 … 100.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>
    /// How much worse than the others the first agents may do, in <see cref="RolloutGroup.LossRatio"/> and in the share of tasks without a counting
    /// result, 0 … 1.
    /// </summary>
    public double Margin { get; init; } = 0.05;
}

/// <summary>Asks for a rollout to end now.</summary>
/// <param name="Finish">Whether all agents get the change; otherwise nobody keeps it.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record RolloutEnd(bool Finish, string? Reason = null);
