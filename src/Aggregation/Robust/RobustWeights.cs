using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Robust;

/// <summary>Shares and clipping of a round's agents.</summary>
internal static class RobustWeights
{
    /// <summary>One entry for each of <paramref name="sorted"/>, in that order.</summary>
    public static IReadOnlyList<AgentWeight> Of(AggregationOptions options, LoraAdapter broadcast, Update[] sorted)
    {
        double[] shares = Weighting.Shares([.. sorted.Select(update => update.Weight)], options.WeightExponent, options.WeightCap);
        ChangeNorm[] norms = [.. sorted.Select(update => UpdateNorms.OfChange(update.Start ?? broadcast, update.Adapter))];
        double[] products = Clips([.. norms.Select(norm => norm.Products)], options.ClipFactor);
        double[] saved = Clips([.. norms.Select(norm => norm.Saved)], options.ClipFactor);
        return
        [
            .. sorted.Select((update, i) => new AgentWeight(update.AgentId, shares[i] / Math.Sqrt(1 + update.Staleness), norms[i].Products, Math.Min(products[i], saved[i]))),
        ];
    }

    // Of fewer than three agents none can be called the odd one.
    private static double[] Clips(double[] norms, double factor)
    {
        double median = UpdateNorms.Median(norms);
        return [.. norms.Select(norm => factor > 0 && norms.Length >= 3 && median > 0 && norm > factor * median ? factor * median / norm : 1)];
    }
}
