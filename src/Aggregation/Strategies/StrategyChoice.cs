namespace EdgeFlora.Aggregation.Strategies;

/// <summary>Which strategies options mean, and for which modules.</summary>
public static class StrategyChoice
{
    /// <summary>The names of all strategies in use, in ordinal order.</summary>
    /// <exception cref="ArgumentException">A name is none of a strategy.</exception>
    public static IEnumerable<string> StrategyNames(this AggregationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.ModuleStrategies.Select(entry => entry.Strategy).Append(options.Strategy)
            .Select(name => StrategyRegistry.Find(name).Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
    }

    /// <summary>What the strategy of <paramref name="module"/> asks of training in round <paramref name="round"/> (1, 2, …).</summary>
    /// <exception cref="ArgumentException">The module's strategy is unknown.</exception>
    public static TaskNeeds NeedsOf(this AggregationOptions options, string module, int round)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.StrategyFor(module).Needs(round);
    }

    internal static IStrategy StrategyFor(this AggregationOptions options, string module) =>
        StrategyRegistry.Find(options.ModuleStrategies.FirstOrDefault(entry => entry.Matches(module))?.Strategy ?? options.Strategy);
}
