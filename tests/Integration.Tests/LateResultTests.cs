using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Given;

namespace EdgeFlora.Integration.Tests;

/// <summary>A slow agent whose work counts a round later; with the real coordinator, agents and engine, in memory.</summary>
public sealed class LateResultTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_slow_agents_result_of_one_round_counts_in_the_next()
    {
        await using Federation federation = await Federation.StartAsync(null);
        CoordinatorOptions options = federation.Options("late");
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(options with
        {
            Rounds = options.Rounds with { Quorum = 0.6, StragglerGrace = TimeSpan.FromSeconds(0.3), LateResults = LateResults.NextRound },
        });

        // The first is far behind the others in round 1, and the second still further in round 2, which needs it.
        await federation.AgentAsync("trainer-1", new AgentDrill { SlowRound = 1, SlowFactor = 60 });
        await federation.AgentAsync("trainer-2", new AgentDrill { SlowRound = 2, SlowFactor = 400 });
        await federation.AgentAsync("trainer-3");
        await federation.AgentAsync("evaluator");
        RunOutcome outcome = await run.WaitAsync(Guard, TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal(["trainer-1"], outcome.Rounds[0].Figures!.Late);
        Assert.Equal(["trainer-1", "trainer-2", "trainer-3"], outcome.Rounds[1].Figures!.Accepted);
        Assert.Equal(["trainer-1"], outcome.Rounds[1].Figures!.Stale);
        double[] losses = [.. outcome.Evaluations.OrderBy(e => e.Round).Select(e => e.Metrics.GlobalLoss!.Value)];
        Assert.True(losses[^1] < losses[0], $"Held-out loss: {string.Join(", ", losses)}");
    }
}
