namespace EdgeFlora.Aggregation.Strategies;

/// <summary>Whether options of a merge are in range and go together.</summary>
public static class AggregationCheck
{
    /// <summary>Checks every setting and returns the options themselves.</summary>
    /// <exception cref="ArgumentException">A setting is out of range or names no strategy; the message names it, its value and what would be right.</exception>
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
        Unless(options.WeightCap is 0 or (>= 1 and < double.PositiveInfinity), nameof(options.WeightCap), options.WeightCap, "0 or at least 1"),
        Unless(options.ClipFactor is 0 or (>= 1 and < double.PositiveInfinity), nameof(options.ClipFactor), options.ClipFactor, "0 or at least 1"),
        Unless(options.HostileShare is >= 0 and < 0.5, nameof(options.HostileShare), options.HostileShare, "0 … 0.49"),
        Unless(options.ResidualRank is >= 0 and <= 1024, nameof(options.ResidualRank), options.ResidualRank, "0 … 1024"),
        Unless(options.KeptEnergy is > 0 and <= 1, nameof(options.KeptEnergy), options.KeptEnergy, "above 0, at most 1"),
        Unless(options.Ridge is >= 1e-8 and <= 1e-2, nameof(options.Ridge), options.Ridge, "1e-8 … 1e-2"),
        Unless(options.Momentum is >= 0 and < 1, nameof(options.Momentum), options.Momentum, "0 … 0.99"),
        Unless(options.ServerRate is > 0 and <= 2, nameof(options.ServerRate), options.ServerRate, "above 0, at most 2"),
        Unless(options.GramFreeBytes >= 1 << 20, nameof(options.GramFreeBytes), options.GramFreeBytes, "at least 1048576"),
        Unless(options.Threads is >= 1 and <= 1024, nameof(options.Threads), options.Threads, "1 … 1024"),
    ];

    private static IEnumerable<string?> Conflicts(AggregationOptions options) =>
    [
        Unless(!options.PaperLiteral || options.StrategyNames().Contains("FloraNA", StringComparer.Ordinal), nameof(options.PaperLiteral), options.PaperLiteral, "False without FloraNA among the strategies"),
        Unless(
            options.Momentum == 0 || !options.StrategyNames().Any(name => StrategyRegistry.Find(name).CombinesFactors),
            nameof(options.Momentum), options.Momentum, "0 with strategies that combine factors; momentum lives in product space (OptimalRank, FlexLora)"),
        Unless(
            options.Momentum == 0 || !options.StrategyNames().Any(name => StrategyRegistry.NeedsOf(name, 1).FoldsIntoBase),
            nameof(options.Momentum), options.Momentum, "0 with strategies that fold into the base weights; momentum lives in product space (OptimalRank, FlexLora)"),
        Unless(
            options.Robust == RobustRule.None || !options.StrategyNames().Any(name => StrategyRegistry.NeedsOf(name, 1).KeepB),
            nameof(options.Robust), options.Robust, "none with FedSaLora: robust rules compare products, and agents that keep their B send none"),
    ];

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
