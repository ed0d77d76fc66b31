using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Gauges;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Ranks;

/// <summary>The part of a global adapter that an agent of lower rank can hold.</summary>
/// <remarks>
/// In an ordered gauge component i of B·A is its i-th singular triplet, so the best adapter of rank r (Eckart–Young for every module) is the first r
/// components, and read-outs are nested: that of rank 2 is the first two components of that of rank 8. All have the scale of the global adapter
/// (α = s·r, or s·√r for rsLoRA), so that a component changes the model by the same ΔW at every rank.
/// </remarks>
public static class RankReadOut
{
    /// <summary>The best adapter of rank <paramref name="rank"/> in every module, with the same scale; α is adjusted to keep it.</summary>
    /// <param name="rank">1 … the global adapter's rank.</param>
    /// <param name="gauge">How components are split between B and A; <see cref="Gauge.Anchored"/> has no order, so it counts as principal.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is outside that range.</exception>
    public static LoraAdapter Of(LoraAdapter global, int rank, Gauge gauge)
    {
        RequireRank(global, rank);
        return First(Ordered(global, gauge), rank);
    }

    /// <summary>The same products with their components in the order of their singular values; a product of zero keeps its factors.</summary>
    public static LoraAdapter Ordered(LoraAdapter global, Gauge gauge)
    {
        ArgumentNullException.ThrowIfNull(global);
        return new LoraAdapter(
            global.Settings,
            global.Modules.Select(m => KeyValuePair.Create(m.Key, Ordered(m.Value, gauge))),
            global.Saved.Select(s => KeyValuePair.Create(s.Key, s.Value.Clone())));
    }

    /// <summary>The first <paramref name="rank"/> components as they are: the read-out of an adapter that is in order.</summary>
    /// <param name="rank">1 … the adapter's rank.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is outside that range.</exception>
    public static LoraAdapter First(LoraAdapter ordered, int rank)
    {
        RequireRank(ordered, rank);
        return new LoraAdapter(
            WithRank(ordered.Settings, rank),
            ordered.Modules.Select(m => KeyValuePair.Create(m.Key, Padding.ToRank(m.Value, rank).Clone())),
            ordered.Saved.Select(s => KeyValuePair.Create(s.Key, s.Value.Clone())));
    }

    /// <summary>Settings of another rank with the same scale: α is s·rank, or s·√rank for rsLoRA.</summary>
    public static LoraSettings WithRank(LoraSettings settings, int rank)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        double share = (double)rank / settings.Rank;
        return rank == settings.Rank
            ? settings
            : settings with { Rank = rank, Alpha = settings.Alpha * (settings.Variant == AdapterVariant.RsLora ? Math.Sqrt(share) : share) };
    }

    private static LoraFactors Ordered(LoraFactors factors, Gauge gauge)
    {
        SingularTriplets product = TripletsOfProduct.Of(factors);
        return product.Count == 0 || !(product.Sigma[0] > 0)
            ? factors.Clone()
            : GaugeFixing.Split(product, factors.Rank, gauge == Gauge.Anchored ? Gauge.Principal : gauge, factors);
    }

    private static void RequireRank(LoraAdapter adapter, int rank)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rank, adapter.Settings.Rank);
    }
}
