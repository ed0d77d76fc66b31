using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Gauges;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FlexLora;

/// <summary>The part of a global adapter that an agent of lower rank can hold.</summary>
public static class RankReadOut
{
    /// <summary>
    /// The best adapter of rank <paramref name="rank"/> (Eckart–Young for every module), with the same scale; α is adjusted to keep it.
    /// </summary>
    /// <param name="rank">1 … the global adapter's rank.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is outside that range.</exception>
    public static LoraAdapter Of(LoraAdapter global, int rank, Gauge gauge)
    {
        ArgumentNullException.ThrowIfNull(global);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rank, global.Settings.Rank);
        LoraSettings settings = global.Settings;
        double alpha = settings.Variant == AdapterVariant.RsLora ? settings.Scale * Math.Sqrt(rank) : settings.Scale * rank;
        return new LoraAdapter(
            settings with { Rank = rank, Alpha = alpha },
            global.Modules.Select(
                m => KeyValuePair.Create(m.Key, GaugeFixing.Split(TripletsOfProduct.Of(m.Value).First(rank), rank, gauge, m.Value))),
            global.Saved.Select(s => KeyValuePair.Create(s.Key, s.Value.Clone())));
    }
}
