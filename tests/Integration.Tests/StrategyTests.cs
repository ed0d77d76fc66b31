using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Integration.Tests;

/// <summary>Every strategy from the offer to the finished adapter, with the real coordinator, agents and engine, in memory.</summary>
public sealed class StrategyTests
{
    private const int Rounds = 3;

    private const string WithVariates = "FedIT with control variates";

    private static readonly Dictionary<string, AggregationOptions> Special = new(StringComparer.Ordinal)
    {
        ["FedExLora cut to rank 2"] = new() { Strategy = "FedExLora", ResidualRank = 2 },
        ["OptimalRank with momentum"] = new() { Strategy = "OptimalRank", Momentum = 0.5, ServerRate = 0.8 },
        ["FedIT with FedExP"] = new() { Strategy = "FedIT", ServerStep = ServerStep.FedExp },
        ["FloraNA with FedYogi"] = new() { Strategy = "FloraNA", ServerStep = ServerStep.FedYogi, Momentum = 0.9, ServerRate = 0.02 },
        [WithVariates] = new() { Strategy = "FedIT", Gauge = Gauge.Anchored },
        ["a mixture"] = new()
        {
            Strategy = "FloraNA",
            ModuleStrategies =
            [
                new("*.0.*.query", "RoLora"), new("*.1.*.query", "FedSaLora"), new("*.value", "FedExLora"),
                new("*.1.output.dense", "FloraStack"),
            ],
        },
    };

    public static TheoryData<string> Cases => [.. StrategyRegistry.Names.Concat(Special.Keys)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_run_learns_and_leaves_the_same_whoever_is_slow_and_whoever_is_killed(string name)
    {
        await using Federation calm = await Federation.StartAsync(null);
        RunOutcome expected = await CalmAsync(calm, name);
        await using Federation federation = await Federation.StartAsync(null);
        CoordinatorOptions options = Options(federation, name);
        (CoordinatorService first, _) = await federation.CoordinatorAsync(options);

        // The first by name comes in last, and the coordinator dies with a round's results half in.
        await federation.AllAgentsAsync(new AgentDrill { SlowRound = 2, SlowFactor = 20 });
        await federation.EventAsync(e => e is { Kind: RunEventKind.ResultAccepted, Round: 2 });
        await first.DieAsync();
        (_, Task<RunOutcome> second) = await federation.CoordinatorAsync(options);
        RunOutcome outcome = await second.InTimeAsync(federation.Describe);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.Equal(expected.Rounds.Select(round => round.Figures!.CommitSha256), outcome.Rounds.Select(round => round.Figures!.CommitSha256));
        Assert.Equal(expected.Evaluations.Select(e => e.Metrics), outcome.Evaluations.Select(e => e.Metrics));
        if (PersonalParts.AreIn(options))
        {
            // Nobody else measures where agents keep parts of their models; PersonalRunTests look at what they learn.
            Assert.Empty(outcome.Evaluations);
            Assert.All(outcome.Rounds.SelectMany(round => round.Agents), agent => Assert.NotNull(agent.Metrics.GlobalLoss));
            return;
        }

        double[] losses = [.. outcome.Evaluations.OrderBy(e => e.Round).Select(e => e.Metrics.GlobalLoss!.Value)];
        Assert.Equal(Rounds + 1, losses.Length);
        Assert.True(losses[^1] < losses[0], $"Held-out loss: {string.Join(", ", losses)}");
    }

    [Fact]
    public async Task Frozen_factors_stay_and_agents_hold_the_factors_of_their_own()
    {
        await using Federation ffa = await Federation.StartAsync(null);
        LoraAdapter[] frozenA = Models(Options(ffa, "FfaLora"), await CalmAsync(ffa, "FfaLora"));
        await using Federation fedSa = await Federation.StartAsync(null);
        LoraAdapter[] keptB = Models(Options(fedSa, "FedSaLora"), await CalmAsync(fedSa, "FedSaLora"));

        string[] modules = [.. frozenA[0].Modules.Keys];
        Assert.All(frozenA, model => Assert.Null(new FrozenFactors(modules, []).FirstChange(frozenA[0], model)));
        Assert.All(keptB, model => Assert.Null(new FrozenFactors([], modules).FirstChange(keptB[0], model)));
        Assert.All(keptB[0].Modules.Values, factors => Assert.False(factors.B.Values.ContainsAnyExcept(0f)));

        LoraAdapter[] own = [.. Enumerable.Range(1, Federation.Trainers).Select(i => OwnFactors(fedSa.StateOf($"trainer-{i}")))];
        Assert.All(own, adapter => Assert.All(adapter.Modules.Values, factors => Assert.True(factors.B.Values.ContainsAnyExcept(0f))));
        Assert.NotNull(new FrozenFactors([], modules).FirstChange(own[0], own[1]));
    }

    [Theory]
    [InlineData("FedSaLora")]
    [InlineData(WithVariates)]
    public async Task An_agent_killed_while_it_trains_goes_on_with_what_is_its_own(string name)
    {
        await using Federation calm = await Federation.StartAsync(null);
        RunOutcome expected = await CalmAsync(calm, name);
        await using Federation federation = await Federation.StartAsync(null);
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(Options(federation, name));
        await federation.AllAgentsAsync(new AgentDrill { SlowRound = 2, SlowFactor = 200 });
        await Federation.UntilAsync(
            () => federation.Agent("trainer-1").State is { Phase: AgentPhase.Training, Round: 2, Step: > 3 } state ? state : null);

        await federation.Agent("trainer-1").DieAsync();
        await federation.AgentAsync("trainer-1");
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);

        Assert.Equal(expected.CommitSha256, outcome.CommitSha256);
    }

    /// <summary>Both lose nothing: whether the sum of the agents' products is folded whole or in part, a model on top of it says the same.</summary>
    [Fact]
    public async Task Strategies_that_lose_nothing_agree_on_what_the_first_round_learnt()
    {
        await using Federation one = await Federation.StartAsync(null);
        RunOutcome residual = await CalmAsync(one, "FedExLora");
        await using Federation other = await Federation.StartAsync(null);
        RunOutcome stack = await CalmAsync(other, "FloraStack");

        // Probabilities of 60 texts in single precision, their logarithms averaged.
        double[] first = [.. new[] { residual, stack }.Select(outcome => outcome.Evaluations.Single(e => e.Round == 1).Metrics.GlobalLoss!.Value)];
        Assert.Equal(first[0], first[1], tolerance: 1e-5);
        Assert.NotEqual(residual.Evaluations.Single(e => e.Round == 0).Metrics.GlobalLoss!.Value, first[0], tolerance: 1e-2);
    }

    private static async Task<RunOutcome> CalmAsync(Federation federation, string name)
    {
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(Options(federation, name));
        await federation.AllAgentsAsync();
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);
        Assert.Equal(RunStatus.Completed, outcome.Status);
        Assert.All(outcome.Rounds, round => Assert.Equal(Federation.Trainers, round.Figures!.Accepted.Count));
        return outcome;
    }

    // The name is not the strategy's: the agents' seeds follow from it, and runs of two strategies are compared.
    private static CoordinatorOptions Options(Federation federation, string name)
    {
        CoordinatorOptions options = federation.Options("strategies", Rounds);
        return Federation.Measurable(options with
        {
            Aggregation = Special.GetValueOrDefault(name) ?? new AggregationOptions { Strategy = name },
            Training = options.Training with { ControlVariates = name == WithVariates },
        });
    }

    // The file is a payload and its SHA-256; a note of the run's labels lies beside it.
    private static LoraAdapter OwnFactors(string stateFolder)
    {
        byte[] body = File.ReadAllBytes(Assert
            .Single(Directory.GetFiles(Path.Combine(stateFolder, "own-factors")), file => !file.EndsWith(".json", StringComparison.Ordinal)))[..^32];
        return AdapterPayload.Decode(body, AdapterPayload.Describe(body, maxParameters: 100_000).Shape);
    }

    private static LoraAdapter[] Models(CoordinatorOptions options, RunOutcome outcome)
    {
        var blobs = new BlobStore(Path.Combine(options.Store.StateFolder, "blobs", outcome.RunId.ToString()));
        return
        [
            .. outcome.Rounds.Select(round => blobs.ReadAll(round.Figures!.ModelSha256))
                .Select(body => AdapterPayload.Decode(body, AdapterPayload.Describe(body, maxParameters: 100_000).Shape)),
        ];
    }
}
