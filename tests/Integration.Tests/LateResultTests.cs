using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Given;

namespace EdgeFlora.Integration.Tests;

/// <summary>A slow agent whose work counts a round later; with the real coordinator, agents and engine, in memory.</summary>
public sealed class LateResultTests
{
    /// <summary>Without end, as far as a test is concerned.</summary>
    private const double Stuck = 100_000;

    [Fact]
    public async Task A_slow_agents_result_of_one_round_counts_in_the_next()
    {
        await using Federation federation = await Federation.StartAsync(null);
        CoordinatorOptions options = federation.Options("late");
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(options with
        {
            Rounds = options.Rounds with
            {
                AgentsPerRound = 2,
                OverSelection = 1.5,
                LateResults = LateResults.NextRound,

                // An agent that is killed and started again on a busy machine is not to count as silent meanwhile: a free one would be asked to
                // stand in for it, and the round close without it.
                LeaseGrace = TimeSpan.FromMinutes(30),
            },
        });

        // All three are asked; the first two that are done close round 1, and round 2 cannot do without them.
        await federation.AgentAsync("trainer-1", new AgentDrill { SlowRound = 1, SlowFactor = Stuck });
        await federation.AgentAsync("trainer-2", new AgentDrill { SlowRound = 2, SlowFactor = Stuck });
        await federation.AgentAsync("trainer-3");
        await federation.AgentAsync("evaluator");
        await federation.EventAsync(happened => happened is { Kind: RunEventKind.RoundOpened, Round: 2 });
        await FasterAsync(federation, "trainer-1", round: 1);
        RunEvent late = await federation.EventAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, Round: 2, AgentId: "trainer-1" });
        await FasterAsync(federation, "trainer-2", round: 2);
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal("trained in round 1", late.Detail);
        Assert.Equal(["trainer-1"], outcome.Rounds[0].Figures!.Late);
        Assert.Equal(["trainer-1", "trainer-2", "trainer-3"], outcome.Rounds[1].Figures!.Accepted);
        Assert.Equal(["trainer-1"], outcome.Rounds[1].Figures!.Stale);
        double[] losses = [.. outcome.Evaluations.OrderBy(e => e.Round).Select(e => e.Metrics.GlobalLoss!.Value)];
        Assert.True(losses[^1] < losses[0], $"Held-out loss: {string.Join(", ", losses)}");
    }

    /// <summary>An agent at work on a task dies, and its next process goes on with the task at full speed.</summary>
    private static async Task FasterAsync(Federation federation, string agent, int round)
    {
        await Federation.UntilAsync(() =>
            federation.Agent(agent).State is { Phase: AgentPhase.Training, Step: > 0 } state && state.Round == round ? state : null);
        await federation.Agent(agent).DieAsync();
        await federation.AgentAsync(agent);
    }
}
