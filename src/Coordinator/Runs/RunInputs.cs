namespace EdgeFlora.Coordinator.Runs;

/// <summary>Time has passed.</summary>
internal sealed record Tick;

/// <summary>The function over a round's manifest failed.</summary>
internal sealed record AggregationFailure(int Round, string Reason);

/// <summary>A round is frozen: the function over its manifest is to begin.</summary>
internal sealed record AggregationStart(int Round);

/// <summary>The broker has no queue of this agent.</summary>
internal sealed record AgentUnreachable(string Agent);

/// <summary>An update could not be looked into, through a fault of ours.</summary>
/// <param name="Reason">What went wrong, for people.</param>
internal sealed record InspectionFailure(Contracts.Results.ResultReady Result, string Reason);
