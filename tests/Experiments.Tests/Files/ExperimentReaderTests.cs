using System.Text;
using EdgeFlora.Experiments.Files;

namespace EdgeFlora.Experiments.Tests.Files;

public sealed class ExperimentReaderTests
{
    [Fact]
    public void A_file_says_methods_conditions_and_how_is_trained()
    {
        ExperimentReading reading = Read(
            """
            name: all
            rounds: 4
            seeds: [1, 5]
            methods: [FedIT, OptimalRank+fedexp]
            data: {mostTraining: 500, heldOut: 0.1}
            axes: {alpha: [0.1, 1], agents: 4, rank: [2, 8]}
            training: {steps: 20, codec: int4}
            aggregation: {serverRate: 1, weightExponent: 0}
            robust: {rule: none}
            """);

        Assert.Empty(reading.Mistakes);
        Experiment read = reading.Experiment!;
        Assert.Equal(("all", 4, 500, 0.1), (read.Name, read.Rounds, read.MostTraining, read.HeldOut));
        Assert.Equal([1UL, 5UL], read.Seeds);
        Assert.Equal(
            [new Regime(4, 0.1, 1, 2, 20), new Regime(4, 0.1, 1, 8, 20), new Regime(4, 1, 1, 2, 20), new Regime(4, 1, 1, 8, 20)], read.Regimes);
        Assert.Equal(["FedIT", "OptimalRank+fedexp"], read.Methods.Select(method => method.Name));
        Assert.Equal("int4", read.Training.UpdateCodec);
        Assert.Equal((1.0, 0.0, 0.0), (read.Aggregation.ServerRate, read.Aggregation.WeightExponent, read.Aggregation.ClipFactor));
    }

    [Fact]
    public void Without_a_word_about_it_training_is_that_of_a_run()
    {
        Experiment read = Read("methods: FedIT").Experiment!;

        Assert.Equal(1.5, read.Aggregation.ServerRate);
        Assert.Equal([new Regime(8, 0.3, 1, 8, 50)], read.Regimes);
        Assert.Equal([1UL, 2UL, 3UL], read.Seeds);
    }

    [Fact]
    public void Whether_agents_share_their_first_A_is_an_axis_and_variates_need_a_gauge_that_keeps_the_basis()
    {
        Experiment unshared = Read("methods: FedIT\naxes: {sharedA: [true, false]}\ntraining: {alone: true}").Experiment!;
        Experiment read = Read("methods: FedIT\naxes: {sharedA: true}\ntraining: {controlVariates: true, alone: true}").Experiment!;
        string refused = Assert.Single(Read("methods: [FedIT, OptimalRank:scaffold]").Mistakes).ToString();

        Assert.Equal([true, false], unshared.Regimes.Select(regime => regime.SharedA));
        Assert.Equal((true, true), (read.Training.ControlVariates, read.Training.Alone));
        Assert.Equal(EdgeFlora.Aggregation.Gauge.Anchored, read.Aggregation.Gauge);
        Assert.Contains("methods has OptimalRank:scaffold: Training:ControlVariates is true", refused, StringComparison.Ordinal);
    }

    /// <summary>
    /// The variate is taken from the published A on; an agent that began with its own would have the way between both in it, many times a step.
    /// </summary>
    [Theory]
    [InlineData("methods: FedIT\ntraining: {controlVariates: true}", "training.controlVariates is true", 3)]
    [InlineData("methods: [FedIT, 'FloraNA:scaffold']", "methods has FloraNA:scaffold, which keeps control variates", 2)]
    public void Variates_need_one_A_that_all_begin_with(string asking, string asked, int line)
    {
        foreach (string shared in new[] { "false", "[true, false]" })
        {
            string refused = Assert.Single(Read($"{asking}\naxes: {{sharedA: {shared}}}").Mistakes).ToString();

            Assert.Contains($":{line}:17: axes.sharedA has false, and {asked}; ", refused, StringComparison.Ordinal);
            Assert.EndsWith("axes.sharedA must be true", refused, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Heads_that_stay_with_agents_are_not_averaged_by_class()
    {
        string refused = Assert.Single(Read("methods: [FedIT:per-class-heads, FedIT:personal-head:per-class-heads]").Mistakes).ToString();

        Assert.Contains("methods has FedIT:personal-head:per-class-heads: Aggregation:PerClassHeads is true", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_is_told_at_once_with_its_place()
    {
        ExperimentReading reading = Read(
            """
            rounds: 0
            methds: [FedIT]
            methods: [FedIT, FedID, RoLora+fedadam]
            seeds: [1, 1]
            data:
              train: missing.jsonl
            axes: {alpha: [0.1, -1], rank: 4}
            lora: {rank: 8}
            aggregation: {strategy: FedIT}
            """);

        Assert.Null(reading.Experiment);
        string[] lines = [.. reading.Mistakes.Select(mistake => mistake.ToString())];
        Assert.Contains(lines, line => line.Contains(":1:9: rounds is 0; it must be a whole number, 1 … 1000 rounds", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":2:1: 'methds' is not a setting; did you mean methods?", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":3:10: methods at line 3 is 'FedID', and 'FedID' is no strategy", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":4:8: seeds has 1 twice", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":6:10: data.train is 'missing.jsonl', and ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("data.test is missing beside data.train", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":7:15: axes.alpha at line 7 is -1; it must be a number, above 0", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":8:14: lora.rank is given beside axes.rank; leave one of them out", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":9:25: aggregation.strategy is given beside methods", StringComparison.Ordinal));
        Assert.Equal(9, lines.Length);
    }

    [Fact]
    public void A_method_whose_parts_do_not_go_together_is_named()
    {
        string line = Assert.Single(Read("methods: [FedIT, RoLora+fedadam]").Mistakes).ToString();

        Assert.Contains(":1:10: methods has RoLora+fedadam: Aggregation:ServerStep is fedadam; it must be fixed", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_must_be_named() =>
        Assert.Contains("methods is missing; it must be STRATEGY", Assert.Single(Read("rounds: 3").Mistakes).ToString(), StringComparison.Ordinal);

    /// <summary>What comes with EdgeFlora can be run.</summary>
    [Theory]
    [InlineData("smoke.yaml", true)]
    [InlineData("regimes.yaml", true)]
    [InlineData("agents-that-drift.yaml", false)]
    [InlineData("label-skew.yaml", false)]
    [InlineData("figure-1.yaml", true)]
    [InlineData("figure-2.yaml", true)]
    [InlineData("figure-3.yaml", true)]
    [InlineData("figure-4.yaml", true)]
    [InlineData("bytes.yaml", true)]
    [InlineData("agents.yaml", true)]
    public void The_experiments_that_come_along_are_right_and_have_what_methods_are_to_be_held_against(string name, bool merging)
    {
        string file = Path.Combine(AppContext.BaseDirectory, "experiments", name);

        ExperimentReading reading = ExperimentReader.Read(File.ReadAllBytes(file), file);

        Assert.Empty(reading.Mistakes);
        Assert.Null(reading.Experiment!.Data);
        Assert.True(reading.Experiment.Baselines);
        Assert.Equal(merging, reading.Experiment.Methods.Any(method => method.Strategy == "FloraStack"));
        Assert.Equal(merging, reading.Experiment.Methods.Any(method => method.Strategy == "OptimalRank"));
    }

    private static ExperimentReading Read(string text) => ExperimentReader.Read(Encoding.UTF8.GetBytes(text), "experiment.yaml");
}
