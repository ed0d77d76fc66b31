using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Experiments;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Portable;

namespace EdgeFlora.Integration.Tests;

/// <summary>An experiment is what a federation would do: the same bits as a run over a broker, round by round.</summary>
public sealed class ExperimentTests(BrokerFixture broker)
{
    private const int Rounds = 2;

    [Theory]
    [InlineData("FloraNA")]
    [InlineData("FedSaLora")]
    [InlineData("FedIT:prox=0.1:personal-head")]
    [InlineData("OptimalRank+fedyogi")]
    [InlineData("FloraNA:scaffold")]
    [InlineData("FedIT:per-class-heads")]
    public async Task An_experiment_gives_the_bits_of_a_federated_run(string text)
    {
        Assert.True(Method.TryParse(text, out Method? method, out _));
        await using Federation federation = await Federation.StartAsync(broker.Url("experiments"));
        AggregationOptions common = RunDefaults.AggregationOf(default, isPrivate: false);
        CoordinatorOptions options = federation.Options(text, Rounds) with { Aggregation = method.Options(common, seed: 7) };
        options = Federation.Measurable(options with { Training = method.Training(options.Training) });
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(options);
        await federation.AllAgentsAsync();
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);

        ExperimentResult result = await ExperimentAsync(federation, options, method, common);

        Assert.Equal(RunStatus.Completed, outcome.Status);
        CellFigures cell = Assert.Single(result.Cells);
        Assert.Equal(outcome.Rounds.Select(round => round.Figures!.ModelSha256), cell.Rounds.Select(round => round.Model));
        Assert.Equal(
            outcome.Rounds.Select(round => (round.Figures!.BytesUp, round.Figures.BytesDown)),
            cell.Rounds.Select(round => (round.BytesUp, round.BytesDown)));
        if (!PersonalParts.AreIn(options))
        {
            Assert.Equal(
                outcome.Evaluations.OrderBy(e => e.Round).Select(e => (e.Metrics.GlobalAccuracy, e.Metrics.GlobalLoss)).Skip(1),
                cell.Rounds.Select(round => ((double?)round.Test!.Accuracy, (double?)round.Test.Loss)));
        }
    }

    /// <summary>Whether it is the published adapter, their own of some round, or what they trained alone.</summary>
    [Fact]
    public async Task What_agents_have_in_the_end_is_what_the_experiment_says()
    {
        Assert.True(Method.TryParse("FedIT", out Method? method, out _));
        await using Federation federation = await Federation.StartAsync(null);
        AggregationOptions common = RunDefaults.AggregationOf(default, isPrivate: false);
        CoordinatorOptions options = federation.Options("alone", Rounds) with { Aggregation = method.Options(common, seed: 7) };
        options = options with { Training = options.Training with { Alone = true, LearningRate = 0.02 } };
        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(options);
        await federation.AllAgentsAsync();
        RunOutcome outcome = await run.InTimeAsync(federation.Describe);

        ExperimentResult with = await ExperimentAsync(federation, options, method, common);
        ExperimentResult without = await ExperimentAsync(
            federation, options with { Training = options.Training with { Alone = false } }, method, common);

        IReadOnlyList<double?> kept = Assert.Single(with.Cells).KeptByAgent;
        IEnumerable<AgentMeasure> measures = outcome.FinalMeasures!.Agents.OrderBy(agent => agent.AgentId, StringComparer.Ordinal);
        Assert.Equal(measures.Select(agent => agent.OwnAccuracy ?? agent.Accuracy), kept);
        Assert.Equal(outcome.Rounds.Select(round => round.Figures!.ModelSha256), with.Cells[0].Rounds.Select(round => round.Model));
        Assert.True(kept.Sum() > without.Cells[0].KeptByAgent.Sum(), "Nobody was better off alone: the comparison says nothing.");
    }

    private static async Task<ExperimentResult> ExperimentAsync(
        Federation federation, CoordinatorOptions options, Method method, AggregationOptions common)
    {
        var experiment = new Experiment
        {
            Name = options.Name,
            Seeds = [options.Seed],
            Rounds = Rounds,
            Methods = [method],
            Regimes = [new Regime(Federation.Trainers, 1, 1, options.Lora.Rank, options.Training.Steps)],
            Baselines = false,
            Lora = options.Lora,
            Training = options.Training,
            Aggregation = common,
        };
        using var folder = new TemporaryFolder();
        var pool = TextPool.Read(new DataFiles(federation.CentralFile, federation.CentralFile));
        using var runner = new ExperimentRunner(
            experiment, pool, federation.Model, new PortableEngine(), folder.In("experiment"), 2, TimeProvider.System, _ => { })
        {
            Dealt = (_, _) => Dealt(federation),
        };
        return await runner.RunAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The texts of the federation's agents, held out as they hold them out.</summary>
    private static Split Dealt(Federation federation)
    {
        TextShare[] agents =
        [
            .. federation.TrainerFiles.Select(file =>
            {
                AgentData data = AgentData.Split(LabelledDataSet.Read(file, labels: RandomBert.Labels).Examples, 0.2, seed: 0);
                return TextShare.Of(Path.GetFileNameWithoutExtension(file), data.Training, data.HeldOut);
            }),
        ];
        return new Split(agents, TextShare.Of("all", [], LabelledDataSet.Read(federation.CentralFile, labels: RandomBert.Labels).Examples));
    }
}
