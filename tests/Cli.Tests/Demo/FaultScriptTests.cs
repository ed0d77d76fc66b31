using EdgeFlora.Cli.Demo;
using EdgeFlora.Cli.Report;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Tests.Demo;

public sealed class FaultScriptTests
{
    private static readonly string[] Agents = ["agent-1", "agent-2", "agent-3", "agent-4"];

    [Theory]
    [InlineData(4, 2)]
    [InlineData(4, 3)]
    [InlineData(4, 4)]
    [InlineData(6, 5)]
    [InlineData(8, 20)]
    public void Every_fault_strikes_within_the_rounds_and_leaves_half_of_the_agents_in_each(int agents, int rounds)
    {
        FaultScript script = FaultScript.For([.. Enumerable.Range(1, agents).Select(i => $"agent-{i}")], rounds);

        Assert.Equal(Enum.GetValues<FaultKind>().Order(), script.Faults.Select(fault => fault.Kind).Order());
        Assert.All(script.Faults, fault => Assert.InRange(fault.Round, 1, rounds));
        Assert.All(script.Faults.Where(fault => fault.Agent is not null).GroupBy(fault => fault.Round), round =>
        {
            Assert.InRange(round.Count(), 0, agents / 2);
            Assert.Equal(round.Count(), round.Select(fault => fault.Agent).Distinct().Count());
        });
    }

    [Fact]
    public void The_victim_is_killed_once_while_it_trains_and_started_when_the_round_is_over()
    {
        FaultScript script = FaultScript.For(Agents, 5);
        PlannedFault kill = script.Faults.Single(fault => fault.Kind == FaultKind.AgentKilled);
        RunEvent progress = ScriptedRun.Event(RunEventKind.TaskProgressed, 1, kill.Round, kill.Agent);
        RunEvent training = progress with { Phase = "Training", Step = 3, Total = 40 };
        RunEvent over = ScriptedRun.Event(RunEventKind.RoundCommitted, 2, kill.Round);

        Assert.Empty(script.React(over));
        Assert.Empty(script.React(training with { Phase = "Evaluating" }));
        Assert.Empty(script.React(training with { AgentId = "agent-1" }));
        Assert.Equal([new FaultAction(kill.Agent, FaultActionKind.KillAgent)], script.React(training));
        Assert.Empty(script.React(training));
        Assert.Equal([new FaultAction(kill.Agent, FaultActionKind.StartAgent)], script.React(over));
        Assert.Empty(script.React(over));
    }

    [Fact]
    public void The_coordinator_is_restarted_when_the_first_result_of_its_round_is_in()
    {
        FaultScript script = FaultScript.For(Agents, 5);
        int round = script.Faults.Single(fault => fault.Kind == FaultKind.CoordinatorRestarted).Round;

        Assert.Empty(script.React(ScriptedRun.Event(RunEventKind.ResultAccepted, 1, round - 1, "agent-1")));
        Assert.Equal(
            [new FaultAction(null, FaultActionKind.RestartCoordinator)],
            script.React(ScriptedRun.Event(RunEventKind.ResultAccepted, 1, round, "agent-1")));
        Assert.Empty(script.React(ScriptedRun.Event(RunEventKind.ResultAccepted, 1, round, "agent-2")));
    }
}
