using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Aggregation;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Tests.Commands.Coordinator;

public sealed class CoordinatorCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-coordinator-").FullName;

    [Fact]
    public void Without_options_a_run_is_the_usual_one()
    {
        CoordinatorSettings settings = Parse();

        Assert.Equal(new RoundOptions { Count = 5 }, settings.Run.Rounds with { ExpectedAgents = new RoundOptions().ExpectedAgents });
        Assert.Equal(new TrainingOptions(), settings.Run.Training);
        Assert.Null(settings.Run.Privacy);
        Assert.Equal(7ul, settings.Run.Seed);
        Assert.Equal(7ul, settings.Run.Aggregation.Seed);
        Assert.Equal(Path.Combine("coordinator-state", "coordinator.log"), settings.LogFile);
        settings.Run.Validate();
    }

    [Fact]
    public void A_run_is_made_private()
    {
        CoordinatorOptions run = Parse("--strategy", "FfaLora", "--dp-noise", "1", "--dp-clip", "0.5", "--dp-budget", "8").Run;

        Assert.Equal(new PrivacyRunOptions { NoiseMultiplier = 1, ClipNorm = 0.5, Budget = 8 }, run.Privacy);
        run.Validate();
    }

    [Fact]
    public void Strategies_are_chosen_for_modules_by_pattern_in_any_letter_case()
    {
        AggregationOptions chosen = Parse("--strategy", "fedit", "--strategy-for", "*.value=FEDEXLORA", "--strategy-for", "*=RoLora").Run.Aggregation;

        Assert.Equal("FedIT", chosen.Strategy);
        Assert.Equal([new ModuleStrategy("*.value", "FedExLora"), new ModuleStrategy("*", "RoLora")], chosen.ModuleStrategies);
    }

    [Theory]
    [InlineData("*.value")]
    [InlineData("=FedIT")]
    [InlineData("*.value=FedX")]
    public void A_pattern_without_a_strategy_is_refused(string text)
    {
        var refusal = Assert.Throws<InputException>(() => Parse("--strategy-for", text));

        Assert.StartsWith($"--strategy-for is '{text}'; it must be PATTERN=NAME", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_a_language_model_has_no_labels()
    {
        CoordinatorOptions options = ParseOnly("--task", "LM").Run;

        Assert.Equal(LearningTask.LanguageModel, options.Task);
        Assert.Empty(options.Labels);
        Assert.Equal(LearningTask.Classification, Parse().Run.Task);
    }

    [Theory]
    [InlineData("--labels is 'a,b', but --task is lm, which has no classes", "--task", "lm", "--labels", "a,b")]
    [InlineData("--labels is missing; classification needs the names of its classes")]
    public void Labels_that_do_not_go_with_the_task_are_refused(string why, params string[] arguments) =>
        Assert.StartsWith(why, Assert.Throws<InputException>(() => ParseOnly(arguments)).Message, StringComparison.Ordinal);

    [Fact]
    public void Everything_of_a_run_can_be_chosen()
    {
        CoordinatorOptions run = Parse(
            "--variant", "HiRA", "--rank", "4", "--targets", "key,dense",
            "--gauge", "anchored", "--robust", "multi-krum", "--hostile-share", "0.3", "--clip-factor", "2.5", "--weight-exponent", "0.5",
            "--weight-cap", "4", "--per-class-heads", "--paper-literal",
            "--optimiser", "sgd", "--sgd-momentum", "0.8", "--nesterov", "--schedule", "cosine", "--warmup", "0.1", "--weight-decay", "0.01",
            "--clip-norm", "2", "--accumulate", "3", "--lr", "0.25",
            "--broadcast-codec", "fp32", "--over-selection", "1.5", "--max-attempts", "5", "--extensions", "1", "--late-results", "drop",
            "--max-examples", "500", "--strikes", "2", "--arrival-norm", "30", "--freeze-norm", "15").Run;

        Assert.Equal(
            (AdapterVariant.Hira, 4, 4, "key,dense"), (run.Lora.Variant, run.Lora.Rank, run.Lora.Alpha, string.Join(',', run.Lora.TargetModules!)));
        Assert.Equal(
            new AggregationOptions
            {
                Gauge = Gauge.Anchored,
                Robust = RobustRule.MultiKrum,
                HostileShare = 0.3,
                ClipFactor = 2.5,
                WeightExponent = 0.5,
                WeightCap = 4,
                PerClassHeads = true,
                ServerRate = RunDefaults.ServerRate,
                PaperLiteral = true,
                Seed = 7,
                ModuleStrategies = run.Aggregation.ModuleStrategies,
            },
            run.Aggregation);
        Assert.Equal(
            new TrainingOptions
            {
                Sgd = new SgdSettings { Momentum = 0.8, Nesterov = true },
                Schedule = RateSchedule.Cosine,
                WarmupFraction = 0.1,
                WeightDecay = 0.01,
                ClipNorm = 2,
                Accumulate = 3,
                LearningRate = 0.25,
                BroadcastCodec = "fp32",
            },
            run.Training);
        Assert.Equal((1.5, 5, 1), (run.Rounds.OverSelection, run.Rounds.MaxAttempts, run.Rounds.Extensions));
        Assert.Equal(new IntakeOptions { MaxExamples = 500, Strikes = 2, ArrivalNormFactor = 30, FreezeNormFactor = 15 }, run.Intake);
        run.Validate();
    }

    [Fact]
    public void Agents_may_stay_near_to_where_a_round_began_and_keep_their_heads()
    {
        TrainingOptions training = Parse("--proximal", "0.05", "--personal-head").Run.Training;

        Assert.Equal((0.05, true, false), (training.Proximal, training.PersonalHead, training.ControlVariates));
        Assert.True(Parse("--control-variates").Run.Training.ControlVariates);
        Assert.True(Parse("--train-alone").Run.Training.Alone);
    }

    [Fact]
    public void Late_results_may_count_in_the_next_round() =>
        Assert.Equal(LateResults.NextRound, Parse("--late-results", "next-round").Run.Rounds.LateResults);

    [Theory]
    [InlineData("lora", 16)]
    [InlineData("rslora", 16)]
    [InlineData("dora", 16)]
    [InlineData("hira", 8)]
    public void Each_variant_has_its_usual_scale(string variant, double alpha) => Assert.Equal(alpha, Parse("--variant", variant).Run.Lora.Alpha);

    [Theory]
    [InlineData("clip", RobustRule.None, 3)]
    [InlineData("none", RobustRule.None, 0)]
    [InlineData("geometric-median", RobustRule.GeometricMedian, 3)]
    [InlineData("centred-clipping", RobustRule.CentredClipping, 3)]
    public void A_defence_is_a_rule_and_a_limit(string name, RobustRule rule, double clip) =>
        Assert.Equal((rule, clip), Parse("--robust", name).Run.Aggregation is { } chosen ? (chosen.Robust, chosen.ClipFactor) : default);

    [Theory]
    [InlineData("--variant is 'vera'; it must be one of lora, rslora, dora, hira", "--variant", "vera")]
    [InlineData(
        "--targets is 'query,qery': The target module 'qery' is not in the base model under 'bert.encoder'; its linear layers are called dense, "
            + "key, query, value.",
        "--targets",
        "query,qery")]
    [InlineData(
        "--broadcast-codec is 'topk:5', which holds differences only; name a codec that holds a whole adapter, such as fp16",
        "--broadcast-codec",
        "topk:5")]
    [InlineData("--paper-literal is given beside --strategy OptimalRank; it goes with FloraNA", "--paper-literal", "--strategy", "OptimalRank")]
    [InlineData("--hostile-share is given beside --robust clip; it goes with --robust multi-krum", "--hostile-share", "0.1")]
    [InlineData("--nesterov is given beside --optimiser adamw; it goes with --optimiser sgd", "--nesterov")]
    [InlineData("--min-agents is 2, below the quorum of --agents-per-round (6 of 8)", "--agents-per-round", "8")]
    public async Task A_run_that_cannot_be_is_refused_before_anything_begins(string said, params string[] options)
    {
        (int code, string output, string error) = await CommandRunner.RunAsync(
            ["coordinator", "--labels", "a,b", "--state", Path.Combine(root, "state"), "--out", Path.Combine(root, "out"), .. options]);

        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains(said, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static CoordinatorSettings Parse(params string[] arguments) => ParseOnly(["--labels", "a,b", .. arguments]);

    private static CoordinatorSettings ParseOnly(params string[] arguments)
    {
        var command = new CoordinatorCommand();
        ParseResult parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return command.Settings(parsed);
    }
}
