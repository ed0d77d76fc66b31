using EdgeFlora.Adapters;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Options;

public sealed class CoordinatorOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<Func<CoordinatorOptions, CoordinatorOptions>, string> Wrong => new()
    {
        { o => o with { Name = " " }, "Name is ' '; a run needs a name of 1 to 100 characters." },
        { o => o with { BaseModelFolder = "nowhere" }, "BaseModelFolder is 'nowhere', which is no folder; name one with config.json and model.safetensors." },
        { o => o with { Labels = ["x"] }, "Labels has 1 names; a classifier needs at least 2." },
        { o => o with { Labels = ["x", "y", "x"] }, "Labels names 'x' twice; every class has one name." },
        { o => o with { Task = LearningTask.LanguageModel }, "Labels has 2 names; a language model has no classes: leave them out, or set Task to Classification." },
        { o => o with { Task = LearningTask.LanguageModel, Labels = [], Training = o.Training with { LogitAdjustment = 0.5 } }, "Training:LogitAdjustment is 0.5; it corrects for uneven labels" },
        { o => o with { Task = LearningTask.LanguageModel, Labels = [], Aggregation = o.Aggregation with { PerClassHeads = true } }, "Aggregation:PerClassHeads is true; a language model has no head" },
        { o => o with { Task = (LearningTask)7 }, "Task is 7; it is one of Classification, LanguageModel." },
        { o => o with { Rounds = o.Rounds with { Count = 0 } }, "Rounds:Count is 0; it is a whole number from 1 to 10000." },
        { o => o with { Rounds = o.Rounds with { Quorum = double.NaN } }, "Rounds:Quorum is NaN; it is a number from" },
        { o => o with { Rounds = o.Rounds with { HardDeadline = TimeSpan.FromMinutes(1) } }, "Rounds:HardDeadline is 00:01:00, below Rounds:SoftDeadline (00:15:00); the soft one would never be reached." },
        { o => o with { Rounds = o.Rounds with { MinAgents = 1, AgentsPerRound = 4, Quorum = 0.5 } }, "Rounds:MinAgents is 1, below the quorum of Rounds:AgentsPerRound (2 of 4)" },
        { o => o with { Rounds = o.Rounds with { LeaseGrace = TimeSpan.Zero } }, "Rounds:LeaseGrace is 00:00:00; it is a time from" },
        { o => o with { Lora = o.Lora with { Rank = 0 } }, "Lora:Rank is 0; it is a whole number from 1 to 1024." },
        { o => o with { Lora = o.Lora with { TargetModules = [] } }, "Lora:TargetModules is []" },
        { o => o with { Training = o.Training with { UpdateCodec = "zip" } }, "Training:UpdateCodec is 'zip'; it is one of fp32" },
        { o => o with { Training = o.Training with { BroadcastCodec = "topk:5" } }, "Training:BroadcastCodec is 'topk:5', which holds differences only" },
        { o => o with { Training = o.Training with { LearningRate = double.PositiveInfinity } }, "Training:LearningRate is Infinity" },
        { o => o with { Training = o.Training with { BatchSize = 4096, Accumulate = 257 } }, "Training:Accumulate is 257; it is a whole number from 1 to 256." },
        { o => o with { Training = o.Training with { Sgd = new() { Momentum = 1 } } }, "Training:Sgd:Momentum is 1; it is a number from 0 to" },
        { o => o with { Training = o.Training with { Sgd = new() { Nesterov = true } } }, "Training:Sgd:Momentum is 0; it is above 0 with Training:Sgd:Nesterov." },
        { o => o with { Training = o.Training with { Schedule = (RateSchedule)9 } }, "Training:Schedule is 9; it is one of Constant, Linear, Cosine." },
        { o => o with { Aggregation = o.Aggregation with { Strategy = "FedIT", PaperLiteral = true } }, "Aggregation:PaperLiteral is true; it must be false without FloraNA among the strategies" },
        { o => o with { Aggregation = o.Aggregation with { Strategy = "Guess" } }, "Aggregation:Strategy is \"Guess\"" },
        { o => o with { Aggregation = o.Aggregation with { Momentum = 0.5, ServerStep = ServerStep.FedExp } }, "Aggregation:Momentum is 0.5; it must be 0 with Aggregation:ServerStep fedexp" },
        { o => o with { Aggregation = o.Aggregation with { Strategy = "FedExLora", Momentum = 0.5 } }, "Aggregation:ServerStep is momentum; it must be fixed or fedexp, and Aggregation:Momentum 0, with FedExLora" },
        { o => o with { Aggregation = o.Aggregation with { Strategy = "RoLora", ServerStep = ServerStep.FedAdam } }, "Aggregation:ServerStep is fedadam; it must be fixed or fedexp, and Aggregation:Momentum 0, with RoLora" },
        { o => o with { Training = o.Training with { Proximal = -1 } }, "Training:Proximal is -1; it is a number from 0 to 1000." },
        {
            o => o with { Training = o.Training with { PersonalHead = true }, Rounds = o.Rounds with { Evaluators = 2 } },
            "Rounds:Evaluators is 2, and each agent keeps its own head; there is no whole adapter for an evaluator to measure: it must be 0."
        },
        {
            o => o with { Aggregation = o.Aggregation with { Strategy = "FedSaLora" }, Rounds = o.Rounds with { Evaluators = 1 } },
            "Rounds:Evaluators is 1, and each agent keeps its own B (FedSaLora); there is no whole adapter"
        },
        {
            o => o with { Training = o.Training with { PersonalHead = true }, Aggregation = o.Aggregation with { PerClassHeads = true } },
            "Aggregation:PerClassHeads is true and Training:PersonalHead is true; heads that stay with the agents are not averaged"
        },
        {
            o => o with { Training = o.Training with { PersonalHead = true }, Task = LearningTask.LanguageModel, Labels = [] },
            "Training:PersonalHead is true; a language model has no head of its own: it must be false."
        },
        {
            o => o with { Training = o.Training with { PersonalHead = true }, Lora = o.Lora with { Ranks = new RanksByMemory(2, 8) } },
            "Training:PersonalHead is true and Lora:Ranks gives agents different ranks; an agent's own adapter keeps its shape from round to round"
        },
        { o => o with { Aggregation = o.Aggregation with { Strategy = "FedSaLora", ServerStep = ServerStep.FedExp } }, "Aggregation:ServerStep is fedexp; it must be fixed with FedSaLora" },
        { o => o with { Aggregation = o.Aggregation with { SecondMoment = 1 } }, "Aggregation:SecondMoment is 1; it must be 0 … 0.9999" },
        { o => o with { Aggregation = o.Aggregation with { ServerEpsilon = 0 } }, "Aggregation:ServerEpsilon is 0; it must be above 0, at most 1" },
        { o => o with { Aggregation = o.Aggregation with { ModuleStrategies = [new("*.value", "FedSaLora")], Robust = RobustRule.MultiKrum } }, "Aggregation:Robust is multi-krum; it must be none with FedSaLora" },
        { o => o with { Aggregation = o.Aggregation with { Strategy = "FloraStack" }, Lora = o.Lora with { Variant = AdapterVariant.Hira } }, "Aggregation:Strategy is \"FloraStack\" and Lora:Variant is Hira; a strategy that folds" },
        { o => o with { Rounds = o.Rounds with { LateResults = (LateResults)7 } }, "Rounds:LateResults is 7; it is one of Drop, NextRound." },
        { o => Keeping(o) with { Aggregation = o.Aggregation with { Strategy = "RoLora" } }, "Rounds:LateResults is NextRound and Aggregation:Strategy \"RoLora\"; results of an earlier round go with strategies that ask nothing of training" },
        { o => Keeping(o) with { Aggregation = o.Aggregation with { PerClassHeads = true } }, "Rounds:LateResults is NextRound and Aggregation:PerClassHeads is true" },
        { o => Keeping(o) with { Aggregation = o.Aggregation with { Strategy = "FfaLora" }, Privacy = new PrivacyRunOptions { NoiseMultiplier = 1, ClipNorm = 1, Budget = 50, SamplingRate = 0.5 } }, "Rounds:LateResults is NextRound and Privacy is set" },
        { o => o with { Intake = o.Intake with { ArrivalNormFactor = 0.5 } }, "Intake:ArrivalNormFactor is 0.5" },
        { o => o with { Store = o.Store with { StateFolder = "" } }, "Store:StateFolder is empty" },
    };

    private static CoordinatorOptions Keeping(CoordinatorOptions options) =>
        options with { Rounds = options.Rounds with { LateResults = LateResults.NextRound } };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_setting_is_named_with_its_value(Func<CoordinatorOptions, CoordinatorOptions> but, string line)
    {
        CoordinatorOptions options = but(Settings.For(folder));

        CoordinatorOptionsException wrong = Assert.Throws<CoordinatorOptionsException>(options.Validate);

        Assert.StartsWith(line, Assert.Single(wrong.Message.Split(Environment.NewLine)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        CoordinatorOptions options = Settings.For(folder) with { Labels = ["x"], Lora = new LoraOptions { Rank = -1 } };

        Assert.Equal(2, options.Problems().Count());
    }

    public static TheoryData<string> Strategies => [.. StrategyRegistry.Names];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Every_strategy_is_allowed(string strategy) =>
        (Settings.For(folder) with { Aggregation = new AggregationOptions { Strategy = strategy } }).Validate();

    [Fact]
    public void Momentum_is_allowed_where_a_product_may_be_split_anew() =>
        (Settings.For(folder) with { Aggregation = new AggregationOptions { Strategy = "OptimalRank", Momentum = 0.9 } }).Validate();

    [Fact]
    public async Task A_pattern_that_fits_no_adapted_module_is_named()
    {
        CoordinatorOptions options = Settings.For(folder) with { Aggregation = new AggregationOptions { ModuleStrategies = [new("*.query", "FfaLora"), new("*.key", "FedExLora")] } };

        CoordinatorOptionsException wrong = await Assert.ThrowsAsync<CoordinatorOptionsException>(() => BaseModelFiles.ReadAsync(
            options, TestContext.Current.CancellationToken));

        Assert.StartsWith(
            "Aggregation:ModuleStrategies has the pattern '*.key' for FedExLora, which fits none of the 4 adapted modules",
            wrong.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_base_delta_that_could_outgrow_one_body_is_refused_at_the_start()
    {
        ModuleShape[] modules = [new("layer.0.query", 16_384, 32_768), new("layer.1.query", 16_384, 32_768)];
        CoordinatorOptions exact = Settings.For(folder) with { Aggregation = new AggregationOptions { Strategy = "FedExLora" } };

        CoordinatorOptionsException wrong = Assert.Throws<CoordinatorOptionsException>(() => BaseModelFiles.RequireRoomToFold(exact, modules));
        BaseModelFiles.RequireRoomToFold(exact with { Aggregation = exact.Aggregation with { ResidualRank = 8 } }, modules);
        BaseModelFiles.RequireRoomToFold(
            exact with { Aggregation = new AggregationOptions { ModuleStrategies = [new("layer.1.*", "FedExLora")] } }, modules[..1]);

        Assert.StartsWith(
            "Aggregation:Strategy FedExLora may fold 4294967296 bytes into the base weights of 2 modules; at most ",
            wrong.Message,
            StringComparison.Ordinal);
        Assert.Contains("set Aggregation:ResidualRank", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_allowed() => Settings.For(folder, roundOptions: new RoundOptions()).Validate();
}
