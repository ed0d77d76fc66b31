using EdgeFlora.Aggregation.Strategies.Auto;
using EdgeFlora.Aggregation.Strategies.FedExLora;
using EdgeFlora.Aggregation.Strategies.FedIT;
using EdgeFlora.Aggregation.Strategies.FedRot;
using EdgeFlora.Aggregation.Strategies.FedSaLora;
using EdgeFlora.Aggregation.Strategies.FedSvd;
using EdgeFlora.Aggregation.Strategies.FfaLora;
using EdgeFlora.Aggregation.Strategies.FlexLora;
using EdgeFlora.Aggregation.Strategies.FloraNA;
using EdgeFlora.Aggregation.Strategies.FloraStack;
using EdgeFlora.Aggregation.Strategies.MomentTilt;
using EdgeFlora.Aggregation.Strategies.OptimalRank;
using EdgeFlora.Aggregation.Strategies.RoLora;

namespace EdgeFlora.Aggregation.Strategies;

/// <summary>All strategies by name.</summary>
public static class StrategyRegistry
{
    private static readonly IStrategy[] All =
    [
        new AutoStrategy(),
        new FedExLoraStrategy(),
        new FedItStrategy(),
        new FedRotStrategy(),
        new FedSaLoraStrategy(),
        new FedSvdStrategy(),
        new FfaLoraStrategy(),
        new FlexLoraStrategy(),
        new FloraNaStrategy(),
        new FloraStackStrategy(),
        new MomentTiltStrategy(),
        new OptimalRankStrategy(),
        new RoLoraStrategy(),
    ];

    /// <summary>The names, in ordinal order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(strategy => strategy.Name).Order(StringComparer.Ordinal)];

    /// <summary>Names of the strategies that publish a plain sum of factors, which noise can protect; in ordinal order.</summary>
    public static IReadOnlyList<string> NamesThatAllowNoise { get; } =
        [.. All.Where(strategy => strategy.AllowsNoise).Select(strategy => strategy.Name).Order(StringComparer.Ordinal)];

    /// <summary>Names of the strategies that agents of different ranks can take part in; in ordinal order.</summary>
    public static IReadOnlyList<string> NamesThatTakeMixedRanks { get; } =
        [.. All.Where(strategy => strategy.TakesMixedRanks).Select(strategy => strategy.Name).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Names of the strategies whose published factors are in the basis of the agents' factors, in which a value means the same from round to round;
    /// in ordinal order.
    /// </summary>
    public static IReadOnlyList<string> NamesThatKeepBasis { get; } =
        [.. All.Where(strategy => strategy.KeepsBasis).Select(strategy => strategy.Name).Order(StringComparer.Ordinal)];

    /// <summary>Whether <paramref name="strategy"/> keeps the basis in the anchored gauge alone.</summary>
    /// <exception cref="ArgumentException">No strategy has that name.</exception>
    public static bool KeepsBasisIfAnchored(string strategy) => Find(strategy) is { KeepsBasis: true, GaugeIsFree: true };

    /// <summary>What <paramref name="strategy"/> asks of training in round <paramref name="round"/> (1, 2, …).</summary>
    /// <exception cref="ArgumentException">No strategy has that name.</exception>
    public static TaskNeeds NeedsOf(string strategy, int round) => Find(strategy).Needs(round);

    /// <summary>
    /// Whether <paramref name="strategy"/> asks anything of training, in any round: if not, rounds differ in nothing but their adapter.
    /// </summary>
    /// <exception cref="ArgumentException">No strategy has that name.</exception>
    public static bool AsksOfTraining(string strategy) => Enumerable.Range(1, 2).Any(round => NeedsOf(strategy, round) != new TaskNeeds());

    internal static IStrategy Find(string name) =>
        All.FirstOrDefault(strategy => string.Equals(strategy.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"Aggregation:Strategy is \"{name}\"; it must be one of {string.Join(", ", Names)}.", nameof(name));
}
