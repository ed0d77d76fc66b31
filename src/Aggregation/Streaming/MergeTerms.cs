using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Robust;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>Shares of folders in a merge.</summary>
/// <param name="Entries">One for each folder, and one for the broadcast adapter where clipping gave it a share.</param>
/// <param name="Weights">What became of each folder's weight.</param>
/// <param name="Asked">Each folder's share by its weight alone.</param>
/// <param name="HasBroadcast">Whether the last entry is the broadcast adapter.</param>
internal sealed record MergeTerms(
    IReadOnlyList<UpdateTerm> Entries, IReadOnlyList<AgentWeight> Weights, IReadOnlyList<double> Asked, bool HasBroadcast)
{
    /// <param name="load">Gives a module's factors of all folders, for the rules that compare all pairs.</param>
    public static MergeTerms Of(AggregationOptions options, FolderSet set, double[] weights, double publishedScale, Func<string, IFactorSource> load)
    {
        bool several = weights.Length >= 3;
        double[] shares = Weighting.Shares(weights, options.WeightExponent, options.WeightCap);
        double[] asked = [.. shares];
        double[] norms = options.ClipFactor > 0 && several ? FolderNorms.Of(set, options.Threads) : new double[weights.Length];
        double[] clips = RobustWeights.Clips(norms, options.ClipFactor);
        if (options.Robust != RobustRule.None && several)
        {
            shares = RobustWeights.Reweighted(options, FolderGeometry.Of(set, load, options.Threads), shares, clips);
        }

        double sum = shares.Sum();
        double kept = shares.Zip(clips, (share, clip) => share * clip).Sum();
        bool hasBroadcast = set.Broadcast is not null && 1 - kept > 1e-12;
        var entries = new List<UpdateTerm>(weights.Length + 1);
        for (int i = 0; i < weights.Length; i++)
        {
            PeftAdapterReader folder = set.Folders[i];
            double scale = folder.Config.Settings.Scale / publishedScale;
            // Shortening towards a broadcast adapter moves share to it; without one the product itself is shortened.
            entries.Add(set.Broadcast is null
                ? new UpdateTerm(folder.Folder, shares[i] / sum, scale * clips[i] * sum)
                : new UpdateTerm(folder.Folder, shares[i] * clips[i], scale));
        }

        if (hasBroadcast)
        {
            entries.Add(new UpdateTerm("(broadcast)", 1 - kept, 1));
        }

        return new MergeTerms(
            entries, [.. set.Folders.Select((folder, i) => new AgentWeight(folder.Folder, shares[i], norms[i], clips[i]))], asked, hasBroadcast);
    }
}
