using EdgeFlora.Cli.Report;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Demo;

/// <summary>When which fault strikes: decided by the run's events, not by a clock.</summary>
internal sealed class FaultScript
{
    /// <summary>Fewer agents could not make a quorum with two of them out.</summary>
    public const int MinAgents = 4;

    /// <summary>With one round, every fault would strike the same one.</summary>
    public const int MinRounds = 2;

    private readonly HashSet<PlannedFault> struck = [];
    private readonly HashSet<PlannedFault> mended = [];

    private FaultScript(IReadOnlyList<PlannedFault> faults) => Faults = faults;

    public IReadOnlyList<PlannedFault> Faults { get; }

    public static FaultScript None { get; } = new([]);

    /// <summary>The demo's faults, spread over its rounds; the agents struck are the second, third and fourth.</summary>
    public static FaultScript For(IReadOnlyList<string> agents, int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(agents.Count, MinAgents);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, MinRounds);
        int Round(int wanted) => ((wanted - 1) % rounds) + 1;
        return new FaultScript(
        [
            new PlannedFault(FaultKind.AgentKilled, Round(2), agents[1]),
            new PlannedFault(FaultKind.PoisonNaN, Round(2), agents[3]),
            new PlannedFault(FaultKind.AgentSlow, Round(3), agents[2]),
            new PlannedFault(FaultKind.CoordinatorRestarted, Round(4), null),
            new PlannedFault(FaultKind.PoisonScale, Round(rounds % 2 == 0 ? 3 : 4), agents[3]),
        ]);
    }

    /// <summary>What to do now that this has happened.</summary>
    public IEnumerable<FaultAction> React(RunEvent happened)
    {
        foreach (PlannedFault fault in Faults.Where(fault => fault.Round == happened.Round))
        {
            if (Strikes(fault, happened) && struck.Add(fault))
            {
                yield return new FaultAction(
                    fault.Agent, fault.Kind == FaultKind.AgentKilled ? FaultActionKind.KillAgent : FaultActionKind.RestartCoordinator);
            }
            else if (fault.Kind == FaultKind.AgentKilled && struck.Contains(fault)
                && happened.Kind is RunEventKind.RoundCommitted or RunEventKind.RoundSkipped && mended.Add(fault))
            {
                yield return new FaultAction(fault.Agent, FaultActionKind.StartAgent);
            }
        }
    }

    private static bool Strikes(PlannedFault fault, RunEvent happened) => fault.Kind switch
    {
        FaultKind.AgentKilled => happened is { Kind: RunEventKind.TaskProgressed, Phase: "Training", Step: > 0 } && happened.AgentId == fault.Agent,
        FaultKind.CoordinatorRestarted => happened.Kind == RunEventKind.ResultAccepted,
        _ => false, // agents carry these out themselves, as drills
    };
}

/// <summary>Something to be done to a running part of the demo.</summary>
internal sealed record FaultAction(string? Agent, FaultActionKind Kind);

internal enum FaultActionKind
{
    KillAgent,
    StartAgent,
    RestartCoordinator,
}
