using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Settings;
using static EdgeFlora.Aggregation.ServerStep;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>How updates become the global adapter: <c>aggregation</c> and <c>robust</c>.</summary>
internal static class AggregationSections
{
    private const string Clip = "clip";
    private const string None = "none";
    private const string MultiKrum = "multi-krum";

    private static readonly AggregationOptions Standard = new();
    private static readonly ChoiceType<string> Strategies = new([.. StrategyRegistry.Names.Select(name => (name, name))]);
    private static readonly NumberType ZeroOrOne = new(1, 1e6, orZero: true);

    public static readonly Setting<string> Strategy = new(
        "aggregation.strategy", "How adapters are merged.", "Aggregation:Strategy", Strategies, Standard.Strategy);

    public static readonly Setting<IReadOnlyList<ModuleStrategy>> StrategyFor = new(
        "aggregation.strategyFor",
        "Other strategies for modules by patterns of their names, * standing for any characters; the first that fits counts.",
        "Aggregation:ModuleStrategies",
        new StrategyMapType(Strategies),
        Standard.ModuleStrategies);

    public static readonly Setting<double> Energy = new(
        "aggregation.energy",
        "Smallest rank that keeps this fraction of the squared update, with OptimalRank; 1: the whole rank.",
        "Aggregation:KeptEnergy",
        new NumberType(0, 1, above: true),
        Standard.KeptEnergy);

    public static readonly Setting<Gauge> Gauge = new(
        "aggregation.gauge",
        "How the product is split into A and B. Without it, where agents have different ranks: balanced; with control variates: anchored.",
        "Aggregation:Gauge",
        new ChoiceType<Gauge>([.. Enum.GetValues<Gauge>().Select(gauge => (gauge.ToString().ToLowerInvariant(), gauge))]),
        Standard.Gauge);

    public static readonly Setting<double> WeightExponent = new(
        "aggregation.weightExponent",
        "β of weights n^β: 1 weighs agents by examples, 0 all alike.",
        "Aggregation:WeightExponent",
        new NumberType(0, 2),
        Standard.WeightExponent);

    public static readonly Setting<double> WeightCap = new(
        "aggregation.weightCap",
        "Largest weight of one agent in multiples of an equal share; 0: no cap.",
        "Aggregation:WeightCap",
        ZeroOrOne,
        Standard.WeightCap);

    public static readonly Setting<int> ResidualRank = new(
        "aggregation.residualRank",
        "Directions that FedExLora folds into the base weights each round; 0: all it would lose.",
        "Aggregation:ResidualRank",
        new WholeType(0, 1024, "directions"),
        Standard.ResidualRank);

    public static readonly Setting<bool> PaperLiteral = new(
        "aggregation.paperLiteral",
        "Whether FloraNA descends with Adam as its paper says, instead of alternating least squares.",
        "Aggregation:PaperLiteral",
        new FlagType(),
        Standard.PaperLiteral);

    public static readonly Setting<ServerStep?> ServerStep = new(
        "aggregation.serverStep",
        "How the global adapter moves towards the aggregate: by aggregation.serverRate, by FedExP's length, or by an optimiser on the server. "
        + "Without it: fixed, but momentum where aggregation.momentum is above 0.",
        "Aggregation:ServerStep",
        new OptionalChoiceType<ServerStep>(
            new([.. Enum.GetValues<ServerStep>().Select(step => (step.ToString().ToLowerInvariant(), step))])),
        null);

    public static readonly Setting<double?> Momentum = new(
        "aggregation.momentum",
        "Share of earlier server steps that is carried on. Without it: 0.5 with momentum, 0.9 with fedadam and fedyogi, else 0.",
        "Aggregation:Momentum",
        new OptionalNumberType(new(0, 0.99)),
        null);

    public static readonly Setting<double> SecondMoment = new(
        "aggregation.secondMoment",
        "Share of the second moment that is carried on, with fedadam and fedyogi.",
        "Aggregation:SecondMoment",
        new NumberType(0, 0.9999),
        Standard.SecondMoment);

    public static readonly Setting<double> ServerEpsilon = new(
        "aggregation.serverEpsilon",
        "What keeps steps finite: τ of fedadam and fedyogi, ε of fedexp.",
        "Aggregation:ServerEpsilon",
        new NumberType(0, 1, above: true),
        Standard.ServerEpsilon);

    public static readonly Setting<double?> ServerRate = new(
        "aggregation.serverRate",
        "Length of the server step; 1: the aggregate itself. Without it: 1.5 with fixed, but 1 for lm and with privacy; 1 with momentum, 0.01 with "
        + "fedadam and fedyogi.",
        "Aggregation:ServerRate",
        new OptionalNumberType(new(0, 2, above: true)),
        null);

    public static readonly Setting<bool> PerClassHeads = new(
        "aggregation.perClassHeads",
        "Whether each row of the head is averaged by the agents' examples of its class; agents then say how many they have of each.",
        "Aggregation:PerClassHeads",
        new FlagType(),
        Standard.PerClassHeads);

    public static readonly Setting<int?> Threads = new(
        "aggregation.threads",
        "Threads that merge; the result is the same for any number. Without it: one for each processor.",
        "Aggregation:Threads",
        new OptionalWholeType(new(1, 1024, "threads")),
        null);

    public static readonly Setting<string> Rule = new(
        "robust.rule",
        "Against outliers: clip shortens to clipFactor × the median length, the others also re-weigh.",
        "Aggregation:Robust",
        new ChoiceType<string>(
            [(Clip, Clip), (None, None), (MultiKrum, MultiKrum), ("geometric-median", "geometric-median"), ("centred-clipping", "centred-clipping")]),
        Clip);

    public static readonly Setting<double> ClipFactor = new(
        "robust.clipFactor",
        "Multiples of the median length that changes are shortened to; 0: not at all.",
        "Aggregation:ClipFactor",
        ZeroOrOne,
        Standard.ClipFactor);

    public static readonly Setting<double> HostileShare = new(
        "robust.hostileShare",
        "Share of agents that multi-krum must survive.",
        "Aggregation:HostileShare",
        new NumberType(0, 0.5, below: true),
        Standard.HostileShare);

    public static SpecSectionSettings Aggregation { get; } = new(
        "aggregation",
        "How updates become the global adapter.",

        [
            Strategy, StrategyFor, Energy, Gauge, WeightExponent, WeightCap, ResidualRank, PaperLiteral, ServerStep, ServerRate, Momentum,
            SecondMoment, ServerEpsilon, PerClassHeads, Threads,
        ]);

    public static SpecSectionSettings Robust { get; } = new(
        "robust", "What is done against outliers among updates.", [Rule, ClipFactor, HostileShare]);

    public static AggregationOptions Read(SettingValues values)
    {
        string rule = values.Of(Rule);
        if (rule == None)
        {
            values.RefuseIdle($"beside robust.rule {None}, which shortens nothing; leave one of them out", ClipFactor);
        }

        if (rule != MultiKrum)
        {
            values.RefuseIdle($"beside robust.rule {rule}; it goes with robust.rule {MultiKrum}", HostileShare);
        }

        ServerStep step = values.Of(ServerStep) ?? new AggregationOptions { Momentum = values.Of(Momentum) ?? 0 }.ServerStep;
        RefuseIdleSteps(values, step);
        AggregationOptions options = (values.Has(ServerStep) ? Standard with { ServerStep = step } : Standard) with
        {
            Strategy = values.Of(Strategy),
            ModuleStrategies = values.Of(StrategyFor),
            KeptEnergy = values.Of(Energy),
            Gauge = GaugeOf(values),
            Robust = RuleOf(rule),
            ClipFactor = rule == None ? 0 : values.Of(ClipFactor),
            HostileShare = values.Of(HostileShare),
            WeightExponent = values.Of(WeightExponent),
            WeightCap = values.Of(WeightCap),
            ResidualRank = values.Of(ResidualRank),
            PaperLiteral = values.Of(PaperLiteral),
            Momentum = values.Of(Momentum) ?? RunDefaults.MomentumOf(step),
            ServerRate = values.Of(ServerRate) ?? RunDefaults.ServerRateOf(values.Of(TopSection.Task), values.Has(PrivacySection.Noise), step),
            SecondMoment = values.Of(SecondMoment),
            ServerEpsilon = values.Of(ServerEpsilon),
            PerClassHeads = values.Of(PerClassHeads),
            Threads = values.Of(Threads) ?? Standard.Threads,
        };
        if (values.Of(Energy) < 1 && !options.StrategyNames().Contains("OptimalRank", StringComparer.Ordinal))
        {
            values.RefuseIdle($"beside aggregation.strategy {options.Strategy}; it goes with OptimalRank", Energy);
        }

        return options;
    }

    private static void RefuseIdleSteps(SettingValues values, ServerStep step)
    {
        string beside = $"beside aggregation.serverStep {step.ToString().ToLowerInvariant()}";
        bool adapts = step is FedAdam or FedYogi;
        if (step == FedExp)
        {
            values.RefuseIdle($"{beside}, which finds its own length", ServerRate);
        }

        if (step is Fixed or FedExp && values.Of(Momentum) > 0)
        {
            values.RefuseIdle($"{beside}, which carries nothing on", Momentum);
        }

        if (!adapts)
        {
            values.RefuseIdle($"{beside}; it goes with fedadam and fedyogi", SecondMoment);
        }

        if (!adapts && step != FedExp)
        {
            values.RefuseIdle($"{beside}; it goes with fedexp, fedadam and fedyogi", ServerEpsilon);
        }
    }

    /// <summary>Agents of different ranks learn better from a balanced read-out (docs/decisions/mixed-ranks.md).</summary>
    private static Gauge GaugeOf(SettingValues values) =>
        values.Has(Gauge) ? values.Of(Gauge)
        : values.Of(TrainingSection.ControlVariates) ? EdgeFlora.Aggregation.Gauge.Anchored
        : values.Of(LoraSection.Rank).Ranks is not null ? EdgeFlora.Aggregation.Gauge.Balanced : values.Of(Gauge);

    private static RobustRule RuleOf(string rule) => rule switch
    {
        MultiKrum => RobustRule.MultiKrum,
        "geometric-median" => RobustRule.GeometricMedian,
        "centred-clipping" => RobustRule.CentredClipping,
        _ => RobustRule.None,
    };
}
