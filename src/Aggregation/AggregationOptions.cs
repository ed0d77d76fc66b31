using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Robust;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation;

/// <summary>How updates become the global adapter. Same options, same inputs: same bits, whatever the order of arrival and the number of threads.</summary>
public sealed record AggregationOptions
{
    /// <summary>A name of <see cref="StrategyRegistry"/>. Default <c>FloraNA</c>.</summary>
    public string Strategy { get; init; } = "FloraNA";

    /// <summary>Other strategies for modules by name pattern; the first match counts.</summary>
    public IReadOnlyList<ModuleStrategy> ModuleStrategies { get; init; } = [];

    /// <summary>How products are split into factors, for strategies that leave it open. Default <see cref="Gauge.Principal"/>.</summary>
    public Gauge Gauge { get; init; } = Gauge.Principal;

    /// <summary>β of wᵤ ∝ nᵤ^β: 1 weighs agents by examples, 0 all alike. 0 … 2.</summary>
    public double WeightExponent { get; init; } = 1;

    /// <summary>Largest share of one agent, in multiples of an equal share: with 3 and 30 agents none counts more than a tenth. 0 for no cap, else ≥ 1.</summary>
    public double WeightCap { get; init; }

    /// <summary>Updates whose change of the broadcast adapter is longer than this many times the median are shortened to it. 0 for no clipping, else ≥ 1.</summary>
    public double ClipFactor { get; init; } = 3;

    /// <summary>Re-weighting against hostile or broken updates, beyond clipping.</summary>
    public RobustRule Robust { get; init; }

    /// <summary>Share of agents the robust rule must survive; 0 … 0.49.</summary>
    public double HostileShare { get; init; } = 0.2;

    /// <summary>Triplets folded into the base by <c>FedExLora</c>; 0 folds the whole residual. 0 … 1024.</summary>
    public int ResidualRank { get; init; }

    /// <summary>For <c>OptimalRank</c>: the fraction of ‖T‖² to keep, at a rank up to the broadcast one; 1 keeps that rank.</summary>
    public double KeptEnergy { get; init; } = 1;

    /// <summary>Whether <c>FloraNA</c> descends with Adam as its paper says, instead of alternating least squares.</summary>
    public bool PaperLiteral { get; init; }

    /// <summary>
    /// Whether FLoRA-NA's error is reported beside a strategy that does not use it: always, or never unless it costs nothing. Default (null): up to
    /// 1,024 agents, for above it is found with many readings of all of them, which takes minutes.
    /// </summary>
    public bool? CompareFloraNa { get; init; }

    /// <summary>Proximal pull of <c>FloraNA</c>'s solver; 1e-8 … 1e-2. Use 1e-4 for updates rounded to four bits.</summary>
    public double Ridge { get; init; } = 1e-8;

    /// <summary>Share of the last product-space step that is carried on, 0 (none) … 0.99.</summary>
    public double Momentum { get; init; }

    /// <summary>Length of the server's step in product space; 1 publishes the aggregate itself. Above 0, at most 2.</summary>
    public double ServerRate { get; init; } = 1;

    /// <summary>Whether rows of a classification head are averaged by the agents' examples of that label.</summary>
    public bool PerClassHeads { get; init; }

    /// <summary>How leading triplets are found; null lets the cost model choose.</summary>
    public TruncationMethod? Method { get; init; }

    /// <summary>Bytes of one block when <c>FloraNA</c> solves without pairwise blocks.</summary>
    public long GramFreeBytes { get; init; } = 64L << 20;

    /// <summary>Seed of random directions and re-initialised factors.</summary>
    public ulong Seed { get; init; }

    /// <summary>Most threads at work; the result is the same for any number. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The names of all strategies in use, in ordinal order.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<string> Strategies =>
        ModuleStrategies.Select(entry => entry.Strategy).Append(Strategy).Select(name => StrategyRegistry.Find(name).Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>What the strategy of <paramref name="module"/> asks of training in round <paramref name="round"/> (1, 2, …).</summary>
    public TaskNeeds NeedsOf(string module, int round) => StrategyFor(module).Needs(round);

    /// <summary>Checks every setting and returns the options themselves.</summary>
    /// <exception cref="ArgumentException">A setting is out of range or names no strategy; the message names it, its value and what would be right.</exception>
    public AggregationOptions Validated() => Problems().FirstOrDefault() is { } problem ? throw new ArgumentException(problem) : this;

    /// <summary>Everything that is wrong, a sentence each, naming setting, value and what would be right.</summary>
    public IEnumerable<string> Problems()
    {
        string[] unknown = [.. ModuleStrategies.Select(entry => entry.Strategy).Prepend(Strategy).SelectMany(UnknownStrategy)];
        return unknown.Length > 0 ? unknown : RangeProblems().Concat(Conflicts()).OfType<string>();
    }

    private IEnumerable<string?> RangeProblems() =>
    [
        Unless(Enum.IsDefined(Gauge), nameof(Gauge), Gauge, "one of anchored, principal, balanced"),
        Unless(Enum.IsDefined(Robust), nameof(Robust), Robust, "one of none, multiKrum, geometricMedian, centredClipping"),
        Unless(WeightExponent is >= 0 and <= 2, nameof(WeightExponent), WeightExponent, "0 … 2"),
        Unless(WeightCap is 0 or (>= 1 and <= 1e6), nameof(WeightCap), WeightCap, "0 or from 1 to 1000000"),
        Unless(ClipFactor is 0 or (>= 1 and <= 1e6), nameof(ClipFactor), ClipFactor, "0 or from 1 to 1000000"),
        Unless(HostileShare is >= 0 and < 0.5, nameof(HostileShare), HostileShare, "0 … 0.49"),
        Unless(ResidualRank is >= 0 and <= 1024, nameof(ResidualRank), ResidualRank, "0 … 1024"),
        Unless(KeptEnergy is > 0 and <= 1, nameof(KeptEnergy), KeptEnergy, "above 0, at most 1"),
        Unless(Ridge is >= 1e-8 and <= 1e-2, nameof(Ridge), Ridge, "1e-8 … 1e-2"),
        Unless(Momentum is >= 0 and <= 0.99, nameof(Momentum), Momentum, "0 … 0.99"),
        Unless(ServerRate is > 0 and <= 2, nameof(ServerRate), ServerRate, "above 0, at most 2"),
        Unless(GramFreeBytes >= 1 << 20, nameof(GramFreeBytes), GramFreeBytes, "at least 1048576"),
        Unless(Threads is >= 1 and <= 1024, nameof(Threads), Threads, "1 … 1024"),
    ];

    private IEnumerable<string?> Conflicts() =>
    [
        Unless(!PaperLiteral || Strategies.Contains("FloraNA", StringComparer.Ordinal), nameof(PaperLiteral), PaperLiteral, "False without FloraNA among the strategies"),
        Unless(
            Momentum == 0 || !Strategies.Any(name => StrategyRegistry.Find(name).CombinesFactors),
            nameof(Momentum), Momentum, "0 with strategies that combine factors; momentum lives in product space (OptimalRank, FlexLora)"),
        Unless(
            Momentum == 0 || !Strategies.Any(name => StrategyRegistry.NeedsOf(name, 1).FoldsIntoBase),
            nameof(Momentum), Momentum, "0 with strategies that fold into the base weights; momentum lives in product space (OptimalRank, FlexLora)"),
        Unless(
            Robust == RobustRule.None || !Strategies.Any(name => StrategyRegistry.NeedsOf(name, 1).KeepB),
            nameof(Robust), Robust, "none with FedSaLora: robust rules compare products, and agents that keep their B send none"),
    ];

    internal IStrategy StrategyFor(string module) =>
        StrategyRegistry.Find(ModuleStrategies.FirstOrDefault(entry => entry.Matches(module))?.Strategy ?? Strategy);

    private static IEnumerable<string> UnknownStrategy(string name)
    {
        try
        {
            StrategyRegistry.Find(name);
            return [];
        }
        catch (ArgumentException unknown)
        {
            return [unknown.Message.Replace($" (Parameter '{unknown.ParamName}')", "", StringComparison.Ordinal)];
        }
    }

    private static string? Unless(bool holds, string setting, object value, string right) =>
        holds ? null : $"Aggregation:{setting} is {FormattableString.Invariant($"{value}")}; it must be {right}.";
}
