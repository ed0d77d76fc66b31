using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Ranks;

namespace EdgeFlora.Aggregation.Robust;

/// <summary>Shares and clipping of a round's agents.</summary>
internal static class RobustWeights
{
    /// <summary>One entry for each of <paramref name="sorted"/>, in that order.</summary>
    public static IReadOnlyList<AgentWeight> Of(AggregationOptions options, LoraAdapter broadcast, Update[] sorted)
    {
        double[] shares = Weighting.Shares([.. sorted.Select(update => update.Weight)], options.WeightExponent, options.WeightCap);
        ChangeNorm[] norms = [.. sorted.Select(update => UpdateNorms.OfChange(StartOf(update, broadcast, options), update.Adapter, options))];
        double[] products = Clips([.. norms.Select(norm => norm.Products)], options.ClipFactor);
        double[] saved = Clips([.. norms.Select(norm => norm.Saved)], options.ClipFactor);
        double[] factors = Clips([.. norms.Select(norm => norm.Factors)], options.ClipFactor);
        double[] clips = [.. products.Zip(saved, Math.Min).Zip(factors, Math.Min)];
        shares = [.. shares.Select((share, i) => share / Math.Sqrt(1 + sorted[i].Staleness))];
        // Nobody can be outvoted among two.
        if (options.Robust != RobustRule.None && sorted.Length >= 3)
        {
            shares = Reweighted(options, ChangeGeometry.Of(broadcast, sorted, options.Threads), shares, clips);
        }

        return [.. sorted.Select((update, i) => new AgentWeight(update.AgentId, shares[i], norms[i].Products, clips[i]))];
    }

    // What an agent of lower rank never had is no change of its own.
    private static LoraAdapter StartOf(Update update, LoraAdapter broadcast, AggregationOptions options) => update.Start
        ?? (options.MixedRanks ? RankReadOut.First(broadcast, update.Adapter.Settings.Rank) : broadcast);

    /// <param name="k">Inner products of the agents' changes, before clipping; overwritten.</param>
    internal static double[] Reweighted(AggregationOptions options, DoubleMatrix k, double[] shares, double[] clips)
    {
        for (int u = 0; u < shares.Length; u++)
        {
            for (int s = 0; s < shares.Length; s++)
            {
                k[u, s] *= clips[u] * clips[s];
            }
        }

        return options.Robust switch
        {
            RobustRule.MultiKrum => MultiKrum.Shares(k, shares, (int)(options.HostileShare * shares.Length)),
            RobustRule.GeometricMedian => GeometricMedian.Shares(k, shares),
            _ => CentredClipping.Shares(k, shares),
        };
    }

    // Of fewer than three agents none can be called the odd one.
    internal static double[] Clips(double[] norms, double factor)
    {
        double median = LowerMedian.Of(norms);
        return [.. norms.Select(norm => factor > 0 && norms.Length >= 3 && median > 0 && norm > factor * median ? factor * median / norm : 1)];
    }
}
