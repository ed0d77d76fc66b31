using System.Collections.Concurrent;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Tests.Strategies;

/// <summary>Three rounds of every strategy over the in-memory bus, with agents that obey what the offer asks.</summary>
public sealed class StrategyRunTests : IDisposable
{
    private const int Rounds = 3;

    private static readonly string[] Agents = ["a", "b", "c"];
    private static readonly ConcurrentDictionary<string, Lazy<Task<string[]>>> Undisturbed = [];

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Cases => [.. StrategyCase.Names];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_a_round_leaves_does_not_depend_on_the_order_of_arrival(string name)
    {
        await using Federation federation = await Federation.StartAsync(folder, Options(folder, name));
        foreach (string agent in Agents)
        {
            int place = 2 - Array.IndexOf(Agents, agent);
            await federation.AddAsync(agent, onOffer: (offer, _) => place == 0
                ? Task.CompletedTask
                : federation.SeenAsync(
                    e => e.Kind == RunEventKind.ResultAccepted && e.Round == offer.Header.Round && e.AgentId == Agents[3 - place]));
        }

        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(await UndisturbedAsync(name), Commits(outcome));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_coordinator_that_dies_twice_leaves_what_an_undisturbed_one_leaves(string name)
    {
        await using Federation federation = await Federation.StartAsync(folder, Options(folder, name));
        await federation.AddAsync(Agents);

        await federation.CrashAsync("before commit", time: 2);
        await federation.CrashAsync("after freeze");
        RunOutcome outcome = await federation.RunAsync();

        Assert.Equal(await UndisturbedAsync(name), Commits(outcome));
        Assert.Equal(outcome.Rounds[^1].Figures!.CommitSha256, outcome.CommitSha256);
    }

    [Theory]
    [InlineData("FfaLora", true, false)]
    [InlineData("FedSaLora", false, true)]
    public async Task A_frozen_factor_is_published_as_it_was_in_every_round(string name, bool a, bool b)
    {
        await using Federation federation = await Federation.StartAsync(folder, Options(folder, name));
        await federation.AddAsync(Agents);

        RunOutcome outcome = await federation.RunAsync();

        LoraAdapter[] models = [.. outcome.Rounds.Select(round => Model(federation.Options, round.Figures!.ModelSha256))];
        string[] modules = [.. models[0].Modules.Keys];
        var frozen = new FrozenFactors(a ? modules : [], b ? modules : []);
        Assert.All(models, model => Assert.Null(frozen.FirstChange(models[0], model)));
        Assert.NotEqual(outcome.Rounds[0].Figures!.ModelSha256, outcome.Rounds[2].Figures!.ModelSha256);
    }

    [Fact]
    public async Task RoLora_alternates_and_what_is_frozen_stays()
    {
        ConcurrentDictionary<int, FactorRule> rules = [];
        await using Federation federation = await Federation.StartAsync(folder, Options(folder, "RoLora"));
        foreach (string agent in Agents)
        {
            await federation.AddAsync(agent, onOffer: (offer, _) =>
            {
                rules[offer.Header.Round] = Assert.Single(offer.Factors);
                return Task.CompletedTask;
            });
        }

        RunOutcome outcome = await federation.RunAsync();

        LoraAdapter[] models = [.. outcome.Rounds.Select(round => Model(federation.Options, round.Figures!.ModelSha256))];
        string[] modules = [.. models[0].Modules.Keys];
        Assert.Equal(
            [(false, true), (true, false), (false, true)],
            rules.OrderBy(rule => rule.Key).Select(rule => (rule.Value.TrainA, rule.Value.TrainB)));
        Assert.Null(new FrozenFactors([], modules).FirstChange(models[0], models[1]));
        Assert.Null(new FrozenFactors(modules, []).FirstChange(models[1], models[2]));
    }

    /// <summary>
    /// W₀ + folded + s·B·A = W₀ + Σ wᵤ·s·BᵤAᵤ, each round on top of what was folded before, with the adapter as the broadcast's fp16 leaves it.
    /// </summary>
    [Theory]
    [InlineData("FedExLora")]
    [InlineData("FloraStack")]
    public async Task What_is_published_and_what_is_folded_are_together_the_ideal_update(string name)
    {
        ConcurrentDictionary<(int Round, string Agent), LoraAdapter> trained = [];
        ConcurrentDictionary<int, byte[]> deltas = [];
        CoordinatorOptions options = Options(folder, name);
        options = options with { Training = options.Training with { UpdateCodec = "fp32" } };
        await using Federation federation = await Federation.StartAsync(folder, options);
        foreach (string agent in Agents)
        {
            await federation.AddAsync(agent, train: (offer, broadcast) =>
            {
                // Only the newest outlives the round.
                if (offer.BaseDelta is { } delta)
                {
                    deltas[offer.Header.Round - 1] = new BlobStore(Settings.Bodies(options)).ReadAll(delta.Sha256);
                }

                return trained[(offer.Header.Round, agent)] = FakeTraining.Train(offer, broadcast);
            });
        }

        RunOutcome outcome = await federation.RunAsync();

        deltas[Rounds] = await File.ReadAllBytesAsync(outcome.BaseDeltaFile!, TestContext.Current.CancellationToken);
        BaseDelta before = BaseDelta.None;
        foreach (RoundRecord round in outcome.Rounds)
        {
            LoraAdapter model = Model(options, round.Figures!.ModelSha256);
            await File.WriteAllBytesAsync(folder["delta"], deltas[round.Round], TestContext.Current.CancellationToken);
            Assert.Equal(round.Figures.BaseDeltaSha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(deltas[round.Round])));
            BaseDelta after = BaseDeltaFile.Read(folder["delta"], AdapterShape.Of(model).Modules);
            foreach ((string module, LoraFactors factors) in model.Modules)
            {
                double[,] missing = new double[factors.Outputs, factors.Inputs];
                Array.ForEach(Agents, agent => Add(missing, trained[(round.Round, agent)].Modules[module], model.Settings.Scale / Agents.Length));
                double length = Length(missing);
                Add(missing, factors, -model.Settings.Scale);
                Add(missing, after.Modules[module], -1);
                Add(missing, before.Modules.GetValueOrDefault(module), 1);
                Assert.InRange(Length(missing) / length, 0, 1e-6);
            }

            before = after;
        }

        Assert.Equal(
            outcome.BaseDeltaSha256,
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
                await File.ReadAllBytesAsync(outcome.BaseDeltaFile!, TestContext.Current.CancellationToken))));
        Assert.Equal(outcome.BaseDeltaSha256, PeftFolder.ReadBaseDeltaSha256(outcome.AdapterFolder!));
    }

    [Fact]
    public async Task Old_momentum_is_forgotten_and_a_finished_run_keeps_the_last()
    {
        CoordinatorOptions options = Options(folder, "OptimalRank with momentum");
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(Agents);

        await federation.RunAsync();

        string[] bodies = [.. Directory.EnumerateFiles(options.Store.BlobFolder, "*.json", SearchOption.AllDirectories).Where(
            file => File.ReadAllText(file).Contains("safetensors", StringComparison.Ordinal))];
        Assert.Single(bodies);
    }

    [Fact]
    public async Task An_output_folder_of_a_run_that_folds_nothing_loses_the_base_delta_of_an_earlier_one()
    {
        CoordinatorOptions options = Options(folder, "FedIT");
        Directory.CreateDirectory(options.OutputFolder!);
        string stale = Path.Combine(options.OutputFolder!, PeftFolder.BaseDeltaName);
        await File.WriteAllTextAsync(stale, "of another run", TestContext.Current.CancellationToken);
        await using Federation federation = await Federation.StartAsync(folder, options);
        await federation.AddAsync(Agents);

        RunOutcome outcome = await federation.RunAsync();

        Assert.Null(outcome.BaseDeltaFile);
        Assert.False(File.Exists(stale));
        Assert.Null(PeftFolder.ReadBaseDeltaSha256(outcome.AdapterFolder!));
    }

    private static CoordinatorOptions Options(TemporaryFolder folder, string name)
    {
        CoordinatorOptions options = Settings.For(folder, rounds: Rounds);
        return options with { Aggregation = StrategyCase.Of(name) };
    }

    private static Task<string[]> UndisturbedAsync(string name) => Undisturbed.GetOrAdd(name, static name => new Lazy<Task<string[]>>(async () =>
    {
        using var own = new TemporaryFolder();
        await using Federation federation = await Federation.StartAsync(own, Options(own, name));
        await federation.AddAsync(Agents);
        RunOutcome outcome = await federation.RunAsync();
        Assert.Equal(RunStatus.Completed, outcome.Status);
        return Commits(outcome);
    })).Value;

    private static string[] Commits(RunOutcome outcome)
    {
        Assert.Equal(Rounds, outcome.Rounds.Count);
        Assert.All(outcome.Rounds, round => Assert.Equal(Agents, round.Figures!.Accepted));
        return [.. outcome.Rounds.Select(round => round.Figures!.CommitSha256!)];
    }

    private static LoraAdapter Model(CoordinatorOptions options, string sha256)
    {
        byte[] body = new BlobStore(Settings.Bodies(options)).ReadAll(sha256);
        return AdapterPayload.Decode(body, AdapterPayload.Describe(body, maxParameters: 10_000).Shape);
    }

    private static void Add(double[,] sum, LoraFactors factors, double scale)
    {
        for (int o = 0; o < factors.Outputs; o++)
        {
            for (int i = 0; i < factors.Inputs; i++)
            {
                for (int r = 0; r < factors.Rank; r++)
                {
                    sum[o, i] += scale * factors.B[o, r] * factors.A[r, i];
                }
            }
        }
    }

    private static void Add(double[,] sum, WeightDelta? delta, double scale)
    {
        for (int o = 0; o < (delta?.Outputs ?? 0); o++)
        {
            for (int i = 0; i < delta!.Inputs; i++)
            {
                sum[o, i] += scale * delta.ToMatrix()[o, i];
            }
        }
    }

    private static double Length(double[,] matrix) => Math.Sqrt(matrix.Cast<double>().Sum(value => value * value));
}
