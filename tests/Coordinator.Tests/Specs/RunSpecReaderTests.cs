using EdgeFlora.Adapters;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Coordinator.Tests.Specs;

public sealed class RunSpecReaderTests
{
    [Fact]
    public void Every_setting_reaches_its_option()
    {
        RunSpec spec = SpecTexts.Spec(Everything);

        Assert.Equal(("areas", "first try", 5, 11UL), (spec.Name, spec.Note, spec.Priority, spec.Seed));
        Assert.Equal((LearningTask.Classification, "my-bert", "reviews"), (spec.Task, spec.Model, spec.DataSet));
        Assert.Equal(["good", "bad"], spec.Labels);
        Assert.Equal(("site in (a, b), gpu=yes", TimeSpan.FromHours(36)), (spec.Selector.Text, spec.WaitFor));
        Assert.Equal((Guid.Parse("0192f3a4-5b6c-7d8e-9f01-23456789abcd"), 2), (spec.StartFrom!.RunId!.Value, spec.StartFrom.Round!.Value));
        Assert.Equal((4, TimeSpan.FromDays(30)), (spec.Retention.Models, spec.Retention.DeleteAfter!.Value));
        Assert.Equal(
            new RoundOptions
            {
                Count = 9,
                MinAgents = 6,
                ExpectedAgents = spec.Rounds.ExpectedAgents,
                Evaluators = 1,
                AgentsPerRound = 5,
                OverSelection = 1.5,
                Quorum = 0.6,
                OfferTimeout = TimeSpan.FromSeconds(20),
                SoftDeadline = TimeSpan.FromMinutes(10),
                HardDeadline = TimeSpan.FromMinutes(90),
                Extensions = 1,
                StragglerGrace = TimeSpan.FromSeconds(45),
                LeaseGrace = TimeSpan.FromMilliseconds(2500),
                MaxAttempts = 2,
                LateResults = LateResults.NextRound,
                AggregationTimeout = TimeSpan.FromMinutes(3),
                EvaluationTimeout = TimeSpan.FromMinutes(4),
            },
            spec.Rounds);
        Assert.Equal(["a", "b", "c", "d", "e", "f"], spec.Rounds.ExpectedAgents);
        Assert.Equal(
            new TrainingOptions
            {
                Steps = 12,
                BatchSize = 8,
                Accumulate = 2,
                MaxTokens = 32,
                LearningRate = 1e-3,
                Sgd = new SgdSettings { Momentum = 0.8, Nesterov = true },
                WeightDecay = 0.1,
                ClipNorm = 2,
                WarmupFraction = 0.1,
                Schedule = RateSchedule.Cosine,
                LogitAdjustment = 0.5,
                CheckpointEverySteps = 6,
                UpdateCodec = "topk:10",
                BroadcastCodec = "fp32",
            },
            spec.Training);
        Assert.Equal((4, 12.0, AdapterVariant.RsLora), (spec.Lora.Rank, spec.Lora.Alpha, spec.Lora.Variant));
        Assert.Equal(["query", "*.value"], spec.Lora.TargetModules);
        Assert.Equal(
            new AggregationOptions
            {
                Strategy = "OptimalRank",
                ModuleStrategies = spec.Aggregation.ModuleStrategies,
                KeptEnergy = 0.9,
                Gauge = Gauge.Balanced,
                WeightExponent = 0.5,
                WeightCap = 3,
                ClipFactor = 4,
                Robust = RobustRule.MultiKrum,
                HostileShare = 0.25,
                ResidualRank = 7,
                Momentum = 0.3,
                ServerRate = 1.25,
                Threads = 2,
            },
            spec.Aggregation);
        Assert.Equal([new ModuleStrategy("*.value", "FlexLora")], spec.Aggregation.ModuleStrategies);
        Assert.Equal(new IntakeOptions { MaxExamples = 5000, ArrivalNormFactor = 30, FreezeNormFactor = 15, Strikes = 2 }, spec.Intake);
    }

    [Theory]
    [InlineData("", ServerStep.Fixed, 1.5, 0.0)]
    [InlineData("momentum: 0.3", ServerStep.Momentum, 1.0, 0.3)]
    [InlineData("serverStep: momentum", ServerStep.Momentum, 1.0, 0.5)]
    [InlineData("serverStep: fedexp", ServerStep.FedExp, 1.0, 0.0)]
    [InlineData("serverStep: fedadam", ServerStep.FedAdam, 0.01, 0.9)]
    [InlineData("serverStep: fedyogi, serverRate: 0.1, momentum: 0", ServerStep.FedYogi, 0.1, 0.0)]
    public void What_is_not_said_of_a_server_step_is_what_is_usual_for_it(string aggregation, ServerStep step, double rate, double momentum)
    {
        AggregationOptions options = SpecTexts.Spec($"labels: [a, b]\naggregation: {{{aggregation}}}").Aggregation;

        Assert.Equal((step, rate, momentum), (options.ServerStep, options.ServerRate, options.Momentum));
    }

    [Fact]
    public void What_stays_with_agents_and_how_near_they_stay_is_said_of_training()
    {
        RunSpec spec = SpecTexts.Spec("labels: [a, b]\ntraining: {proximal: 0.01, personalHead: true}");

        Assert.Equal((0.01, true), (spec.Training.Proximal, spec.Training.PersonalHead));
        Assert.Equal((0.0, false), SpecTexts.Spec("labels: [a, b]").Training is { } usual ? (usual.Proximal, usual.PersonalHead) : default);
    }

    [Theory]
    [InlineData("training: {controlVariates: true}", true, Gauge.Anchored)]
    [InlineData("aggregation: {gauge: anchored}", false, Gauge.Anchored)]
    [InlineData("training: {controlVariates: false}", false, Gauge.Principal)]
    public void Control_variates_come_with_the_gauge_in_which_they_mean_something(string text, bool asked, Gauge gauge)
    {
        RunSpec spec = SpecTexts.Spec($"labels: [a, b]\n{text}");

        Assert.Equal((asked, gauge), (spec.Training.ControlVariates, spec.Aggregation.Gauge));
    }

    [Fact]
    public void A_private_run_says_what_fixes_its_guarantee()
    {
        RunSpec spec = SpecTexts.Spec(
            "labels: [a, b]\nagents: {min: 200}\naggregation: {strategy: FfaLora}\nprivacy: {noise: 1, clip: 0.5, budget: 8, delta: 1e-6, sampling: "
            + "0.1}");

        Assert.Equal(new PrivacyRunOptions { NoiseMultiplier = 1, ClipNorm = 0.5, Budget = 8, Delta = 1e-6, SamplingRate = 0.1 }, spec.Privacy);
    }

    [Fact]
    public void JSON_and_YAML_say_the_same()
    {
        RunSpecReading yaml = SpecTexts.Read(Everything);

        RunSpecReading json = RunSpecReader.Read(yaml.Document!);

        Assert.Empty(json.Mistakes);
        Assert.Equal(yaml.Document!.ToJsonString(), json.Document!.ToJsonString());
        Assert.Equal(yaml.Spec!.Training, json.Spec!.Training);
    }

    [Fact]
    public void A_document_holds_what_was_said_and_no_defaults()
    {
        RunSpecReading reading = SpecTexts.Read("labels: [a, b]\nrounds: {count: 3}");

        Assert.Equal("""{"labels":["a","b"],"rounds":{"count":3}}""", reading.Document!.ToJsonString());
    }

    [Theory]
    [InlineData("8", 8, 16.0, null, "8")]
    [InlineData("auto", 16, 32.0, "RanksByMemory { Highest = 16, Min = 2, Max = 16 }", "{\"min\":2,\"max\":16}")]
    [InlineData("{min: 1, max: 4}", 4, 8.0, "RanksByMemory { Highest = 4, Min = 1, Max = 4 }", "{\"min\":1,\"max\":4}")]
    [InlineData(
        "{default: 8, by: {\"site=clinic\": 2, \"gpu\": 32}}",
        32,
        64.0,
        "8: site=clinic 2, gpu 32",
        "{\"default\":8,\"by\":{\"site=clinic\":2,\"gpu\":32}}")]
    public void A_rank_is_one_for_all_what_memory_allows_or_by_labels(string rank, int highest, double alpha, string? ranks, string written)
    {
        RunSpecReading reading = SpecTexts.Read($"labels: [a, b]\nlora: {{rank: {rank}}}");

        Assert.Empty(reading.Mistakes);
        Assert.Equal((highest, alpha), (reading.Spec!.Lora.Rank, reading.Spec.Lora.Alpha));
        Assert.Equal(
            ranks,
            reading.Spec.Lora.Ranks is RanksByLabel labels
                ? $"{labels.Default}: {string.Join(", ", labels.By.Select(entry => $"{entry.Selector} {entry.Rank}"))}"
                : reading.Spec.Lora.Ranks?.ToString());
        Assert.Equal(written, reading.Document!["lora"]!["rank"]!.ToJsonString());
        Assert.Equal(ranks is not null, reading.Spec.ToOptions("", new StoreOptions { StateFolder = "" }).Aggregation.MixedRanks);
        Assert.Equal(ranks is null ? Gauge.Principal : Gauge.Balanced, reading.Spec.Aggregation.Gauge);
        Assert.Equal(written, RunSpecReader.Read(reading.Document).Document!["lora"]!["rank"]!.ToJsonString());
    }

    [Fact]
    public void Settings_from_beside_the_file_count_instead_of_its_own()
    {
        RunSpec spec = SpecTexts.Spec(
            "labels: [a, b]\nrounds: {count: 3, late: next-round}", "rounds.count=5", "labels=[x, y, z]", "training.learningRate=1e-2");

        Assert.Equal((5, LateResults.NextRound, 1e-2), (spec.Rounds.Count, spec.Rounds.LateResults, spec.Training.LearningRate!.Value));
        Assert.Equal(["x", "y", "z"], spec.Labels);
    }

    internal const string Everything = """
        name: areas
        note: first try
        priority: 5
        seed: 11
        task: classification
        model: my-bert
        data: reviews
        labels: [good, bad]
        evaluators: 1
        rounds: {count: 9, late: next-round}
        agents:
          min: 6
          perRound: 5
          overSelection: 1.5
          quorum: 0.6
          selector: "site in (a, b), gpu=yes"
          expected: [a, b, c, d, e, f]
          waitFor: 1d12h
        deadlines: {soft: 10m, hard: 90m, extensions: 1, stragglers: 45s, lease: 2500ms, offer: 20s, attempts: 2, aggregation: 3m, evaluation: 4m}
        training:
          steps: 12
          batch: 8
          accumulate: 2
          maxTokens: 32
          learningRate: 1e-3
          schedule: cosine
          warmup: 0.1
          optimiser: sgd
          momentum: 0.8
          nesterov: true
          weightDecay: 0.1
          clipNorm: 2
          logitAdjustment: 0.5
          checkpointEvery: 6
          codec: topk:10
          broadcastCodec: fp32
        lora: {rank: 4, alpha: 12, variant: rslora, targets: [query, "*.value"]}
        aggregation:
          strategy: OptimalRank
          strategyFor: {"*.value": FlexLora}
          energy: 0.9
          gauge: balanced
          weightExponent: 0.5
          weightCap: 3
          residualRank: 7
          paperLiteral: false
          momentum: 0.3
          serverRate: 1.25
          perClassHeads: false
          threads: 2
        robust: {rule: multi-krum, clipFactor: 4, hostileShare: 0.25}
        intake: {maxExamples: 5000, arrivalNorm: 30, freezeNorm: 15, strikes: 2}
        startFrom: {run: 0192f3a4-5b6c-7d8e-9f01-23456789abcd, round: 2}
        retention: {models: 4, deleteAfter: 30d}
        """;
}
