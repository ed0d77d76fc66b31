namespace EdgeFlora.Aggregation.Ranks;

/// <summary>
/// What each agent's components weigh where agents have different ranks: each range of components is a mean over those who hold it.
/// </summary>
/// <remarks>
/// An agent of rank 2 says nothing of component 3. Counted as a zero it would shrink that component by its weight in every round, until all energy
/// is in the smallest rank (rank collapse, arXiv 2602.13486). So range k has the target P₀ₖ + η·Σ wᵤₖcᵤs(τᵤ)(Pᵤₖ − startᵤₖ), where wᵤₖ are shares
/// among the agents whose rank reaches it; a range that nobody holds stays as it was broadcast.
/// </remarks>
internal static class HolderShares
{
    /// <summary>
    /// For each range the weight of each agent's change, after clipping, staleness and server rate; 0 for agents that don't hold it.
    /// </summary>
    /// <param name="sorted">The updates.</param>
    /// <param name="clips">Factor each change is shortened by.</param>
    /// <param name="broadcastRank">At least the largest rank of the updates.</param>
    /// <param name="rate">η.</param>
    public static IReadOnlyList<(ComponentRange Components, double[] Shares)> Of(
        AggregationOptions options, Update[] sorted, IReadOnlyList<double> clips, int broadcastRank, double rate)
    {
        IReadOnlyList<ComponentRange> ranges = ComponentRange.Between([.. sorted.Select(update => update.Adapter.Settings.Rank), broadcastRank]);
        return [.. ranges.Select(range => (range, Shares(options, sorted, clips, range, rate)))];
    }

    private static double[] Shares(AggregationOptions options, Update[] sorted, IReadOnlyList<double> clips, ComponentRange range, double rate)
    {
        double[] held = [.. sorted.Select(update => update.Adapter.Settings.Rank >= range.To ? update.Weight : 0)];
        double[] shares = held.Any(weight => weight > 0) ? Weighting.Shares(held, options.WeightExponent, options.WeightCap) : held;
        return [.. shares.Select((share, i) => rate * share / Math.Sqrt(1 + sorted[i].Staleness) * clips[i])];
    }
}
