using EdgeFlora.Coordinator.Fleet;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>An agent of the fleet may take part in the run.</summary>
/// <param name="Said">
/// Whether it has just said hello; if not, its journal is as of an earlier hello, and a run that knows this process knows better what it holds.
/// </param>
internal sealed record FleetMember(Contracts.Presence.AgentHello Hello, bool Said);

/// <summary>Agents of the fleet are this run's from now on.</summary>
internal sealed record GrantedAgents(IReadOnlyList<string> Agents);

/// <summary>An operator holds the run, or lets it go on.</summary>
internal sealed record HoldRun(bool Paused, string? Reason);

/// <summary>An operator ends the run.</summary>
internal sealed record CancelRun(string? Reason);

/// <summary>An operator changes settings under way.</summary>
internal sealed record ChangeRun(Options.CoordinatorOptions Options, int Priority);

/// <summary>An agent of the fleet left, is barred from it or does not fit the run. It is back when the fleet lets it in again, not before.</summary>
internal sealed record AgentWithdrawn(string Agent, string Code, string Detail)
{
    private const string UnfitCode = "Selector";

    /// <summary>Whether it has said goodbye.</summary>
    public bool HasLeft => Code == FleetAgent.GoodbyeCode;

    /// <summary>Whether it is there and may work, but not for this run.</summary>
    public bool IsUnfit => Code == UnfitCode;

    /// <summary>Why an agent can do nothing for a run, as the fleet has it; null: it may, or finishes what it has.</summary>
    public static AgentWithdrawn? Of(FleetAgent agent, RunEntry run) =>
        agent.Withdrawal is { } away ? new(agent.Name, away.Code, away.Detail)
        : run.Wants(agent) ? null
        : new(agent.Name, UnfitCode, "its labels or data do not fit the run");
}

/// <summary>The connection of an agent's process is gone. The agent may well come back.</summary>
internal sealed record AgentCutOff(string Agent, Guid Boot);

/// <summary>Time has passed.</summary>
internal sealed record Tick;

/// <summary>The function over a round's manifest failed.</summary>
internal sealed record AggregationFailure(int Round, string Reason);

/// <summary>Bodies could be neither stored nor read: the run is to be taken up again, for as long as it takes.</summary>
internal sealed record BodiesAway(Exception Failure);

/// <summary>A round is frozen: the function over its manifest is to begin.</summary>
internal sealed record AggregationStart(int Round);

/// <summary>The broker has no queue of this agent.</summary>
internal sealed record AgentUnreachable(string Agent);

/// <summary>An update could not be looked into, through a fault of ours.</summary>
/// <param name="Reason">What went wrong, for people.</param>
internal sealed record InspectionFailure(Contracts.Results.ResultReady Result, string Reason);
