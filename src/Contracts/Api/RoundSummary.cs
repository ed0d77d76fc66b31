using System.Text.Json.Serialization;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Contracts.Api;

/// <summary>One round of a run.</summary>
public sealed record RoundSummary
{
    /// <summary>From 1.</summary>
    public required int Round { get; init; }

    public required RoundStatus Status { get; init; }

    /// <summary>Why it was skipped or extended, in a sentence; absent otherwise.</summary>
    public string? Reason { get; init; }

    public DateTimeOffset? OpenedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>The ledger's figures, once it is committed.</summary>
    public RoundFigures? Figures { get; init; }

    /// <summary>What evaluators measured of its model.</summary>
    public IReadOnlyList<RoundMeasurement> Measurements { get; init; } = [];
}

/// <summary>An evaluator's measurement of a round's global model.</summary>
/// <param name="Accuracy">0 … 1; absent for language models.</param>
/// <param name="Loss">Nats an example, or a token for language models.</param>
/// <param name="BitsPerByte">Language models only.</param>
public sealed record RoundMeasurement(string AgentId, int Examples, double? Accuracy, double? Loss, double? BitsPerByte);

/// <summary>Where a round is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RoundStatus>))]
public enum RoundStatus
{
    /// <summary>Waits for agents.</summary>
    Planned,

    /// <summary>Agents are at work.</summary>
    Open,

    /// <summary>Results are being merged.</summary>
    Aggregating,

    /// <summary>Has a model.</summary>
    Committed,

    /// <summary>Has none; the model before it stands.</summary>
    Skipped,
}
