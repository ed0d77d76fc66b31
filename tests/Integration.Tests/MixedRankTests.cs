using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Integration.Tests;

/// <summary>Agents of ranks 2, 4 and 8 in one run, with the real coordinator, agents, engine and broker.</summary>
public sealed class MixedRankTests(BrokerFixture broker)
{
    private static readonly Dictionary<string, IReadOnlyDictionary<string, string>> Labels = new(StringComparer.Ordinal)
    {
        ["trainer-1"] = new Dictionary<string, string> { ["size"] = "small" },
        ["trainer-2"] = new Dictionary<string, string> { ["size"] = "medium" },
    };

    [Fact]
    public async Task An_agent_and_the_coordinator_killed_in_a_round_go_on_at_the_ranks_they_had()
    {
        RunOutcome calm = await UndisturbedAsync();
        await using Federation federation = await Federation.StartAsync(broker.Url("ranks"), labels: Labels);
        (CoordinatorService first, _) = await federation.CoordinatorAsync(Options(federation));
        await federation.AllAgentsAsync(new AgentDrill { SlowRound = 1, SlowFactor = 200 });
        await Federation.UntilAsync(() => federation.Agent("trainer-1").State is { Phase: AgentPhase.Training, Step: > 3 } state ? state : null);

        await federation.Agent("trainer-1").DieAsync();
        await first.DieAsync();
        (_, Task<RunOutcome> second) = await federation.CoordinatorAsync(Options(federation));
        await federation.AgentAsync("trainer-1");
        RunOutcome outcome = await second.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal(calm.ModelSha256, outcome.ModelSha256);
        Assert.All(outcome.Rounds, round => Assert.Equal(
            [("trainer-1", 2), ("trainer-2", 4), ("trainer-3", 8)], round.Figures!.Agents.Select(agent => (agent.AgentId, agent.Rank))));
        Assert.All(outcome.Rounds, round => Assert.All(
            round.Figures!.Agents.Zip(round.Figures.Agents.Skip(1)), pair => Assert.True(pair.First.BytesUp < pair.Second.BytesUp)));
        Assert.Equal(8, PeftFolder.Read(outcome.AdapterFolder!).Settings.Rank);
        double measured = outcome.Evaluations.MaxBy(evaluation => evaluation.Round)!.Metrics.GlobalLoss!.Value;
        Assert.Equal(federation.LossOfWritten(outcome), measured, tolerance: 1e-3);
        Assert.Contains(federation.Events, happened => happened.Kind == RunEventKind.CoordinatorRecovered);
    }

    private static async Task<RunOutcome> UndisturbedAsync()
    {
        await using Federation federation = await Federation.StartAsync(null, labels: Labels);
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(Options(federation));
        await federation.AllAgentsAsync();
        return await run.InTimeAsync(federation.Describe);
    }

    private static CoordinatorOptions Options(Federation federation)
    {
        CoordinatorOptions options = federation.Options("ranks");
        return options with
        {
            Lora = options.Lora with
            {
                Rank = 8,
                Alpha = 16,
                Ranks = new RanksByLabel(8, [new(LabelSelector.Parse("size=small"), 2), new(LabelSelector.Parse("size=medium"), 4)]),
            },
        };
    }
}
