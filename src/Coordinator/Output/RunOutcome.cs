using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;

namespace EdgeFlora.Coordinator.Output;

/// <summary>How a run ended, with its ledger.</summary>
public sealed record RunOutcome
{
    public required RunStatus Status { get; init; }

    /// <summary>Why it failed, in a sentence; absent if it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>Which rounds were skipped and who gave no result in them, in a sentence; absent: none was.</summary>
    public string? Shortfall { get; init; }

    /// <summary>
    /// Why it was completed before all its rounds were done, in a sentence: a privacy budget was spent, or models were no better for long. Absent
    /// otherwise.
    /// </summary>
    public string? Note { get; init; }

    /// <summary>What a private run guarantees; absent: the run is not private.</summary>
    public PrivacySpent? Privacy { get; init; }

    public required Guid RunId { get; init; }

    /// <summary>Round whose adapter is the run's; absent before there was one.</summary>
    public int? PublishedRound { get; init; }

    /// <summary>Why it is that one, in a sentence; absent: it is the newest, as nothing else was asked.</summary>
    public string? PublishedReason { get; init; }

    /// <summary>SHA-256 of that adapter's body; absent before there was one.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>SHA-256 of the body of what was folded into the base weights; absent: nothing.</summary>
    public string? BaseDeltaSha256 { get; init; }

    /// <summary>SHA-256 over the newest adapter and everything that belongs to it; see <see cref="RoundFigures.CommitSha256"/>.</summary>
    public string? CommitSha256 { get; init; }

    /// <summary>Rounds that are over, in order.</summary>
    public required IReadOnlyList<RoundRecord> Rounds { get; init; }

    /// <summary>What evaluators measured, by round (0: the first adapter) and name.</summary>
    public required IReadOnlyList<EvaluationRecord> Evaluations { get; init; }

    /// <summary>What agents measured of the run's adapter on their held-out data; absent where nobody was asked.</summary>
    public Contracts.Api.FinalMeasures? FinalMeasures { get; init; }

    /// <summary>
    /// Folder of the finished adapter in PEFT layout; absent without an output folder or a model, and where agents keep factors or the head.
    /// </summary>
    public string? AdapterFolder { get; init; }

    /// <summary>Folder of what agents share where they keep factors or the head, in the place of an adapter; absent otherwise.</summary>
    public string? SharedFolder { get; init; }

    /// <summary>
    /// What was folded into the base weights, as a file (docs/base-delta.md): the adapter is right only on top of it. Absent if nothing was, or
    /// without an output folder.
    /// </summary>
    public string? BaseDeltaFile { get; init; }

    /// <summary>The ledger as a file; absent without an output folder.</summary>
    public string? LedgerFile { get; init; }
}

public enum RunStatus
{
    /// <summary>All rounds are over, or a private run's budget is spent.</summary>
    Completed,

    /// <summary>All rounds are over, and some or all were skipped; <see cref="RunOutcome.Shortfall"/> says which.</summary>
    Incomplete,

    /// <summary>The run could not go on; <see cref="RunOutcome.Failure"/> says why.</summary>
    Failed,

    /// <summary>Ended by an operator; its committed models remain.</summary>
    Cancelled,

    /// <summary>This coordinator stopped; another one can go on from its state folder.</summary>
    Interrupted,
}

/// <summary>One round of the ledger.</summary>
/// <param name="Figures">Absent if the round was skipped.</param>
/// <param name="Modules">Report of every module, as the aggregation made it; absent if the round was skipped.</param>
/// <param name="Agents">What the accepted agents reported, by name.</param>
public sealed record RoundRecord(int Round, RoundFigures? Figures, System.Text.Json.Nodes.JsonNode? Modules, IReadOnlyList<AgentRecord> Agents);

/// <summary>An agent's accepted result.</summary>
/// <param name="Examples">Examples that it could count.</param>
/// <param name="Norm">Length of its change against the broadcast adapter.</param>
public sealed record AgentRecord(string AgentId, int Examples, ChangeNorm Norm, long Bytes, ResultMetrics Metrics)
{
    /// <summary>What it weighed, in examples, where that is less than <see cref="Examples"/>.</summary>
    public double? Weight { get; init; }

    /// <summary>The round it was trained in, if that is not the one it counts in.</summary>
    public int? TrainedIn { get; init; }
}

/// <summary>An evaluator's measurement of the model of a round.</summary>
public sealed record EvaluationRecord(int Round, string AgentId, int Examples, ResultMetrics Metrics);
