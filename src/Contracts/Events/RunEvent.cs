namespace EdgeFlora.Contracts.Events;

/// <summary>Something an onlooker may want to see (coordinator → everybody who subscribes; published, may be lost, decides nothing).</summary>
public sealed record RunEvent
{
    public required Guid RunId { get; init; }

    /// <summary>Counts the run's events, from 1, across restarts of the coordinator.</summary>
    public required long Sequence { get; init; }

    /// <summary>Milliseconds since the run began, by the coordinator's clock.</summary>
    public required long ElapsedMs { get; init; }

    public required RunEventKind Kind { get; init; }

    /// <summary>Round spoken of, from 1; 0 if none.</summary>
    public int Round { get; init; }

    /// <summary>Agent spoken of, if one.</summary>
    public string? AgentId { get; init; }

    /// <summary>Phase of the agent's task, if its progress is spoken of.</summary>
    public string? Phase { get; init; }

    public int? Step { get; init; }

    public int? Total { get; init; }

    public double? Loss { get; init; }

    /// <summary>Accuracy of the global adapter, on the agent's held-out data or, from the evaluator, on the central test set.</summary>
    public double? GlobalAccuracy { get; init; }

    /// <summary>Accuracy of the agent's own adapter on its held-out data.</summary>
    public double? LocalAccuracy { get; init; }

    /// <summary>Loss of the global adapter on the same data: nats an example or, of a language model, nats a token.</summary>
    public double? GlobalLoss { get; init; }

    /// <summary>Loss of the agent's own adapter on its held-out data, in the same unit.</summary>
    public double? LocalLoss { get; init; }

    /// <summary>Cross-entropy of the global adapter in bits a byte; language models only.</summary>
    public double? GlobalBitsPerByte { get; init; }

    /// <summary>Cross-entropy of the agent's own adapter in bits a byte; language models only.</summary>
    public double? LocalBitsPerByte { get; init; }

    /// <summary>Training examples of the agent.</summary>
    public int? Examples { get; init; }

    /// <summary>Bytes of the body spoken of.</summary>
    public long? Bytes { get; init; }

    /// <summary>Short name of the reason: <c>Invalid</c>, <c>RoundClosed</c>, <c>LeaseExpired</c>, …</summary>
    public string? Code { get; init; }

    /// <summary>The reason in a sentence.</summary>
    public string? Detail { get; init; }

    /// <summary>The round's figures, with <see cref="RunEventKind.RoundCommitted"/>.</summary>
    public RoundFigures? Figures { get; init; }
}

/// <summary>What happened.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<RunEventKind>))]
public enum RunEventKind
{
    /// <summary>The run begins.</summary>
    CoordinatorStarted,

    /// <summary>A service took the run up again after a stop or a crash.</summary>
    CoordinatorRecovered,

    /// <summary>An agent takes part.</summary>
    AgentJoined,

    /// <summary>An agent may not take part; the code says why.</summary>
    AgentRefused,

    /// <summary>An agent takes part no longer: it stopped, fell silent or was withdrawn.</summary>
    AgentLeft,

    /// <summary>An agent has sent too many invalid results.</summary>
    AgentQuarantined,

    /// <summary>A round has its agents, and offers go out.</summary>
    RoundOpened,

    /// <summary>An agent is offered a task.</summary>
    TaskOffered,

    /// <summary>An agent has the task in its journal.</summary>
    TaskAccepted,

    /// <summary>An agent will not do the task; the code says why.</summary>
    TaskDeclined,

    /// <summary>How far an agent is; shown and not kept.</summary>
    TaskProgressed,

    /// <summary>An agent could not do the task; the code says why.</summary>
    TaskFailed,

    /// <summary>Nothing was heard of a task for too long.</summary>
    TaskLost,

    /// <summary>A result counts.</summary>
    ResultAccepted,

    /// <summary>A result does not count; the code says why.</summary>
    ResultRejected,

    /// <summary>A result came when its round was closed.</summary>
    ResultLate,

    /// <summary>What will be merged is written down.</summary>
    RoundFrozen,

    /// <summary>A round without a quorum was given more time.</summary>
    RoundExtended,

    /// <summary>A round ended without a model; that of the round before stands.</summary>
    RoundSkipped,

    /// <summary>A round has its model.</summary>
    RoundCommitted,

    /// <summary>An evaluator has measured a model.</summary>
    Evaluated,

    /// <summary>The run is over: all its rounds are done, its budget is spent, or it was cancelled.</summary>
    RunCompleted,

    /// <summary>All rounds are over, and some or all were skipped.</summary>
    RunIncomplete,

    /// <summary>The run could not go on; the detail says why.</summary>
    RunFailed,

    /// <summary>
    /// An agent has measured the adapter that the run publishes on its own held-out data; the code is <c>KeepsOwn</c> if it keeps its own.
    /// </summary>
    AgentMeasured,
}

/// <summary>The ledger's line of one committed round.</summary>
public sealed record RoundFigures
{
    public required string Strategy { get; init; }

    /// <summary>Agents in the manifest, by name, ordered.</summary>
    public required IReadOnlyList<string> Accepted { get; init; }

    /// <summary>Agents offered a task.</summary>
    public required int Offered { get; init; }

    /// <summary>Agents whose lease ended or who declined or failed.</summary>
    public required IReadOnlyList<string> Dropped { get; init; }

    /// <summary>Agents still at work when the round was frozen.</summary>
    public required IReadOnlyList<string> Late { get; init; }

    /// <summary>Those of the accepted whose result is of the round before, by name. Empty from coordinators of contract versions 1 and 2.</summary>
    public IReadOnlyList<string> Stale { get; init; } = [];

    public required IReadOnlyList<RefusedAgent> Rejected { get; init; }

    /// <summary>
    /// Those of the accepted that count fewer examples than they stated, so that no agent owns a round by what it says of itself; by name. Empty from
    /// earlier coordinators.
    /// </summary>
    public IReadOnlyList<CappedAgent> Capped { get; init; } = [];

    /// <summary>
    /// Divergence of the published aggregate; this and the next two are absent in a private run, for no report is made of what agents sent without
    /// protection.
    /// </summary>
    public required double? DivergenceUsed { get; init; }

    /// <summary>Divergence plain factor averaging would have had.</summary>
    public required double? DivergenceFedIt { get; init; }

    /// <summary>Divergence FLoRA-NA would have had; absent where it was not measured, and from earlier coordinators.</summary>
    public double? DivergenceFloraNa { get; init; }

    /// <summary>The Eckart–Young bound: no pair of factors of this rank can be below.</summary>
    public required double? DivergenceBound { get; init; }

    /// <summary>
    /// ‖T − P₀‖ / ‖T‖ over all modules, of the ideal update T and the broadcast product P₀: how long the round's own step is beside the whole update.
    /// A divergence divided by it is relative to the step. Absent where it was not measured, and from earlier coordinators.
    /// </summary>
    public double? StepShare { get; init; }

    /// <summary><see cref="DivergenceUsed"/> relative to the round's own step; absent where that was not measured, or no step was made.</summary>
    public double? StepDivergenceUsed => OfStep(DivergenceUsed);

    /// <summary><see cref="DivergenceFedIt"/> relative to the round's own step.</summary>
    public double? StepDivergenceFedIt => OfStep(DivergenceFedIt);

    /// <summary><see cref="DivergenceBound"/> relative to the round's own step.</summary>
    public double? StepDivergenceBound => OfStep(DivergenceBound);

    /// <summary>ε that the run has spent with this round, at <see cref="Delta"/>; absent: the run is not private.</summary>
    public double? Epsilon { get; init; }

    public double? Delta { get; init; }

    /// <summary>Bytes of the accepted bodies, agents → coordinator.</summary>
    public required long BytesUp { get; init; }

    /// <summary>Bytes of the adapter sent to the agents, all copies together.</summary>
    public required long BytesDown { get; init; }

    /// <summary>
    /// Rank and bytes of each agent that was offered a task, by name; empty where all have the run's rank, and from earlier coordinators.
    /// </summary>
    public IReadOnlyList<AgentTraffic> Agents { get; init; } = [];

    /// <summary>SHA-256 of the global adapter's body.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>SHA-256 of the body of what was folded into the base weights up to this round; absent: nothing.</summary>
    public string? BaseDeltaSha256 { get; init; }

    /// <summary>
    /// SHA-256 over everything the round left: of the lines <c>adapter HASH</c>, <c>base-delta HASH</c>,
    /// <c>momentum HASH</c>, those that there are, each ended by a line feed.
    /// Absent from coordinators of contract version 1.
    /// </summary>
    public string? CommitSha256 { get; init; }

    /// <summary>Milliseconds from the round's opening to its commit.</summary>
    public required long Milliseconds { get; init; }

    /// <summary>Those of them that merging took, from the freezing of the round's inputs on; absent from earlier coordinators.</summary>
    public long? MergeMs { get; init; }

    /// <summary>Where the time of each accepted agent went, by name. Empty from earlier coordinators.</summary>
    public IReadOnlyList<AgentTimes> Times { get; init; } = [];

    private double? OfStep(double? divergence) => StepShare is > 0 and var step ? divergence / step : null;
}

/// <summary>Where an agent's time in a round went.</summary>
public sealed record AgentTimes
{
    public required string AgentId { get; init; }

    /// <summary>Milliseconds from the offer of its task to its result, by the coordinator's clock; absent for a result of the round before.</summary>
    public long? TaskMs { get; init; }

    /// <summary>Those of them that it trained, as it says.</summary>
    public required long TrainMs { get; init; }

    /// <summary>Those of them that it fetched the adapter and handed its update over, as it says; absent: it does not say.</summary>
    public long? TransferMs { get; init; }

    /// <summary>Milliseconds from its result to the freezing of the round's inputs: what it waited for others, by the coordinator's clock.</summary>
    public long? WaitMs { get; init; }
}

/// <summary>An agent whose update weighs less than its examples.</summary>
public sealed record CappedAgent
{
    public required string AgentId { get; init; }

    /// <summary>Examples that its result could have counted.</summary>
    public required int Examples { get; init; }

    /// <summary>Examples that it counted.</summary>
    public required double Weight { get; init; }
}

/// <summary>What went to an agent and came from it in a round.</summary>
public sealed record AgentTraffic
{
    public required string AgentId { get; init; }

    /// <summary>LoRA rank of its task.</summary>
    public required int Rank { get; init; }

    /// <summary>Bytes of the adapter that it started from.</summary>
    public required long BytesDown { get; init; }

    /// <summary>Bytes of its accepted body; 0: none was accepted.</summary>
    public required long BytesUp { get; init; }
}

/// <summary>An agent whose update does not count, and why.</summary>
public sealed record RefusedAgent
{
    public required string AgentId { get; init; }

    public required string Reason { get; init; }
}
