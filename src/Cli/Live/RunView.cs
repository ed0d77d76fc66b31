using System.Collections.Immutable;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Live;

/// <summary>A run as an onlooker sees it: a pure fold of its events.</summary>
/// <remarks>
/// Events may come twice or out of order, and some may be lost. What an event adds for good (figures, accuracies, outcomes, incidents) is keyed, so
/// a repeat
/// changes nothing; what it says about the moment (state, progress) counts only if nothing newer was seen.
/// </remarks>
internal sealed record RunView
{
    public static RunView Empty { get; } = new();

    /// <summary>Agents by name; the evaluator, which never trains, is none of them.</summary>
    public ImmutableSortedDictionary<string, AgentView> Agents { get; init; } = ImmutableSortedDictionary
        .Create<string, AgentView>(StringComparer.Ordinal);

    /// <summary>Rounds by number; 0 holds the base.</summary>
    public ImmutableSortedDictionary<int, RoundView> Rounds { get; init; } = ImmutableSortedDictionary<int, RoundView>.Empty;

    /// <summary>What went wrong and was survived, by the number of its event.</summary>
    public ImmutableSortedDictionary<long, RunEvent> Incidents { get; init; } = ImmutableSortedDictionary<long, RunEvent>.Empty;

    /// <summary>Name of the agent that measures on the central test set, once it has been heard of.</summary>
    public string? Evaluator { get; init; }

    public RunStage Stage { get; init; }

    /// <summary>Why the run failed, if it did.</summary>
    public string? Failure { get; init; }

    /// <summary>Milliseconds since the run began, at the newest event.</summary>
    public long ElapsedMs { get; init; }


    /// <summary>The view after <paramref name="happened"/>.</summary>
    public RunView Apply(RunEvent happened)
    {
        RunView view = this with
        {
            ElapsedMs = Math.Max(ElapsedMs, happened.ElapsedMs),
        };
        view = view.WithRun(happened).WithRound(happened);
        if (happened.AgentId is { } name)
        {
            view = view.WithAgent(name, happened);
        }

        if (happened is { Kind: RunEventKind.RoundCommitted, Figures: { } figures })
        {
            view = view.WithOutcomes(happened, figures);
        }

        return IsIncident(happened)
            ? view with { Incidents = view.Incidents.SetItem(happened.Sequence, happened) }
            : view;
    }

    private RunView WithRun(RunEvent happened) => happened.Kind switch
    {
        RunEventKind.RunCompleted => this with { Stage = RunStage.Completed },
        RunEventKind.RunIncomplete => this with { Stage = RunStage.Incomplete, Failure = happened.Detail },
        RunEventKind.RunFailed => this with { Stage = RunStage.Failed, Failure = happened.Detail },
        RunEventKind.RoundOpened when Stage == RunStage.Gathering => this with { Stage = RunStage.Running },
        _ => this,
    };

    private RunView WithRound(RunEvent happened)
    {
        RoundView round = Rounds.GetValueOrDefault(happened.Round) ?? new RoundView(happened.Round);
        RoundView? changed = happened.Kind switch
        {
            RunEventKind.RoundOpened => round with { OpenedMs = happened.ElapsedMs },
            RunEventKind.RoundExtended when round.Stage == RoundStage.Open => round with { Stage = RoundStage.Extended },
            RunEventKind.RoundFrozen when round.Stage < RoundStage.Aggregating => round with { Stage = RoundStage.Aggregating },
            RunEventKind.RoundCommitted => round with { Stage = RoundStage.Committed, Figures = happened.Figures, ClosedMs = happened.ElapsedMs },
            RunEventKind.RoundSkipped => round with { Stage = RoundStage.Skipped, ClosedMs = happened.ElapsedMs },
            RunEventKind.Evaluated when (happened.GlobalAccuracy ?? happened.GlobalLoss) is not null =>
                round with { GlobalAccuracy = happened.GlobalAccuracy ?? round.GlobalAccuracy, GlobalLoss = happened.GlobalLoss ?? round.GlobalLoss },
            _ => null,
        };
        return changed is null ? this : this with { Rounds = Rounds.SetItem(happened.Round, changed) };
    }

    private RunView WithAgent(string name, RunEvent happened)
    {
        if (happened.Kind == RunEventKind.Evaluated)
        {
            return this with { Evaluator = name, Agents = Agents.Remove(name) };
        }

        if (name == Evaluator)
        {
            return this;
        }

        AgentView agent = Agents.GetValueOrDefault(name) ?? new AgentView(name);
        return this with { Agents = Agents.SetItem(name, AgentFold.Apply(agent, happened)) };
    }

    /// <summary>An update refused only when the round was frozen had been announced as accepted: the ledger has the last word.</summary>
    private RunView WithOutcomes(RunEvent committed, RoundFigures figures)
    {
        RunView view = this;
        foreach (RefusedAgent refused in figures.Rejected)
        {
            view = view.Settled(refused.AgentId, committed, AgentState.Refused, refused.Reason);
        }

        foreach (string late in figures.Late)
        {
            view = view.Settled(late, committed, AgentState.Late, null);
        }

        foreach (string dropped in figures.Dropped)
        {
            view = view.Settled(dropped, committed, AgentState.Dropped, null);
        }

        return view;
    }

    private RunView Settled(string name, RunEvent committed, AgentState outcome, string? reason) =>
        this with
        {
            Agents = Agents.SetItem(
            name, AgentFold.Settle(Agents.GetValueOrDefault(name) ?? new AgentView(name), committed, outcome, reason))
        };

    /// <summary>A refusal or loss without a reason repeats an event that had one.</summary>
    private static bool IsIncident(RunEvent happened) => happened.Kind switch
    {
        RunEventKind.CoordinatorRecovered or RunEventKind.AgentRefused or RunEventKind.AgentLeft or RunEventKind.AgentQuarantined
            or RunEventKind.TaskDeclined or RunEventKind.TaskFailed or RunEventKind.ResultLate
            or RunEventKind.RoundExtended or RunEventKind.RoundSkipped or RunEventKind.RunFailed => true,
        RunEventKind.ResultRejected => happened.Detail is not null,
        RunEventKind.TaskLost => happened.Detail is not null || happened.Code != "Silent",
        _ => false,
    };
}

internal enum RunStage
{
    /// <summary>Waiting for enough agents.</summary>
    Gathering,
    Running,
    Completed,
    Incomplete,
    Failed,
}
