using EdgeFlora.Aggregation.ServerSteps;

namespace EdgeFlora.Aggregation.Strategies;

/// <summary>Whether options of a merge are in range and go together.</summary>
public static class AggregationCheck
{
    /// <summary>Checks every setting and returns the options themselves.</summary>
    /// <exception cref="ArgumentException">
    /// A setting is out of range or names no strategy; the message names it, its value and what would be right.
    /// </exception>
    public static AggregationOptions Validated(this AggregationOptions options) =>
        options.Problems().FirstOrDefault() is { } problem ? throw new ArgumentException(problem) : options;

    /// <summary>Everything that is wrong, a sentence each, naming setting, value and what would be right.</summary>
    public static IEnumerable<string> Problems(this AggregationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] unknown = [.. options.ModuleStrategies.Select(entry => entry.Strategy).Prepend(options.Strategy).SelectMany(UnknownStrategy)];
        return unknown.Length > 0 ? unknown : RangeProblems(options).Concat(Conflicts(options)).OfType<string>();
    }

    private static IEnumerable<string?> RangeProblems(AggregationOptions options) =>
    [
        Unless(Enum.IsDefined(options.Gauge), nameof(options.Gauge), options.Gauge, "one of anchored, principal, balanced"),
        Unless(Enum.IsDefined(options.Robust), nameof(options.Robust), options.Robust, "one of none, multiKrum, geometricMedian, centredClipping"),
        Unless(options.WeightExponent is >= 0 and <= 2, nameof(options.WeightExponent), options.WeightExponent, "0 … 2"),
        Unless(options.WeightCap is 0 or (>= 1 and <= 1e6), nameof(options.WeightCap), options.WeightCap, "0 or from 1 to 1000000"),
        Unless(options.ClipFactor is 0 or (>= 1 and <= 1e6), nameof(options.ClipFactor), options.ClipFactor, "0 or from 1 to 1000000"),
        Unless(options.HostileShare is >= 0 and < 0.5, nameof(options.HostileShare), options.HostileShare, "0 … 0.49"),
        Unless(options.ResidualRank is >= 0 and <= 1024, nameof(options.ResidualRank), options.ResidualRank, "0 … 1024"),
        Unless(options.KeptEnergy is > 0 and <= 1, nameof(options.KeptEnergy), options.KeptEnergy, "above 0, at most 1"),
        Unless(options.Ridge is >= 1e-8 and <= 1e-2, nameof(options.Ridge), options.Ridge, "1e-8 … 1e-2"),
        Unless(options.Momentum is >= 0 and <= 0.99, nameof(options.Momentum), options.Momentum, "0 … 0.99"),
        Unless(
            Enum.IsDefined(options.ServerStep), nameof(options.ServerStep), options.ServerStep, "one of fixed, fedexp, momentum, fedadam, fedyogi"),
        Unless(options.SecondMoment is >= 0 and <= 0.9999, nameof(options.SecondMoment), options.SecondMoment, "0 … 0.9999"),
        Unless(options.ServerEpsilon is > 0 and <= 1, nameof(options.ServerEpsilon), options.ServerEpsilon, "above 0, at most 1"),
        Unless(options.ServerRate is > 0 and <= 2, nameof(options.ServerRate), options.ServerRate, "above 0, at most 2"),
        Unless(options.GramFreeBytes >= 1 << 20, nameof(options.GramFreeBytes), options.GramFreeBytes, "at least 1048576"),
        Unless(options.Threads is >= 1 and <= 1024, nameof(options.Threads), options.Threads, "1 … 1024"),
    ];

    private static IEnumerable<string?> Conflicts(AggregationOptions options) =>
    [
        Unless(
            !options.PaperLiteral || options.StrategyNames().Contains("FloraNA", StringComparer.Ordinal),
            nameof(options.PaperLiteral),
            options.PaperLiteral,
            "false without FloraNA among the strategies"),
        Unless(
            options.Momentum == 0 || ServerOptimiser.IsIn(options),
            nameof(options.Momentum),
            options.Momentum,
            $"0 with Aggregation:ServerStep {WrittenValue.Of(options.ServerStep)}, which carries nothing on"),
        Unless(
            !ServerOptimiser.IsIn(options) || FixedIn(options) is null,
            nameof(options.ServerStep), options.ServerStep,
            $"fixed or fedexp, and Aggregation:Momentum 0, with {FixedIn(options)}: it keeps a factor or the base weights from round to round, and "
            + "what earlier rounds carry on would be read back into other factors"),
        Unless(
            options.ServerStep != ServerStep.FedExp || !options.StrategyNames().Any(name => StrategyRegistry.NeedsOf(name, 1).KeepB),
            nameof(options.ServerStep), options.ServerStep,
            "fixed with FedSaLora: FedExP compares products, and agents that keep their B send none"),
        Unless(
            options.Robust == RobustRule.None || !options.StrategyNames().Any(name => StrategyRegistry.NeedsOf(name, 1).KeepB),
            nameof(options.Robust), options.Robust, "none with FedSaLora: robust rules compare products, and agents that keep their B send none"),
        .. options.MixedRanks ? MixedRankConflicts(options) : [],
    ];

    private static IEnumerable<string?> MixedRankConflicts(AggregationOptions options) =>
    [
        .. options.StrategyNames().Where(name => !StrategyRegistry.Find(name).TakesMixedRanks).Select(name => Unless(
            holds: false,
            string.Equals(name, StrategyRegistry.Find(options.Strategy).Name, StringComparison.Ordinal)
                ? nameof(options.Strategy)
                : nameof(options.ModuleStrategies),
            name,
            $"one of {string.Join(", ", StrategyRegistry.NamesThatTakeMixedRanks)} where agents have different ranks")),
        Unless(
            options.Gauge != Gauge.Anchored,
            nameof(options.Gauge), "anchored",
            "principal or balanced where agents have different ranks: a lower rank gets the first components, which only these two put in order"),
        Unless(
            options.Robust == RobustRule.None,
            nameof(options.Robust), options.Robust,
            "none where agents have different ranks: robust rules leave out whoever changes what others don't, and few hold the highest components; "
            + "clipping bounds all of them"),
        Unless(
            options.ServerStep != ServerStep.FedExp,
            nameof(options.ServerStep), options.ServerStep,
            "fixed, momentum, fedadam or fedyogi where agents have different ranks: FedExP compares whole updates, and each rank leaves others out"),
    ];

    /// <summary>A strategy in use whose split into factors is not free; null if there is none.</summary>
    private static string? FixedIn(AggregationOptions options) => options.StrategyNames()
        .FirstOrDefault(name => !StrategyRegistry.Find(name).GaugeIsFree || StrategyRegistry.NeedsOf(name, 1).FoldsIntoBase);

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
        holds ? null : $"Aggregation:{setting} is {WrittenValue.Of(value)}; it must be {right}.";
}
