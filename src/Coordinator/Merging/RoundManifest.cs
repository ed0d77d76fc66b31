using EdgeFlora.Aggregation;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>Makes a round's frozen list: whose results count, and what they weigh. The same for any order of arrival.</summary>
internal static class RoundManifest
{
    /// <summary>
    /// Every accepted result in the order of agents' names, with a reason at those whose change is out of bounds, and a weight at those that may
    /// not count all their examples.
    /// </summary>
    public static ManifestEntry[] Of(IReadOnlyCollection<StoredResult> results, CoordinatorOptions options)
    {
        StoredResult[] sorted = [.. results.OrderBy(result => result.Agent, StringComparer.Ordinal)];
        if (options.Privacy is not null)
        {
            // Who is left out, or weighs less, for what others sent would make the sum depend on them twice. The clip bounds everybody.
            return [.. sorted.Select(result => new ManifestEntry(result.Agent, Reason: null))];
        }

        ChangeNorm median = NormBound.Median([.. sorted.Select(result => result.Norm)]);
        string?[] reasons = [.. sorted.Select(result => NormBound.Wrong(result.Norm, median, options.Intake.FreezeNormFactor, "this round"))];
        double[] weights = Weighting.Bounded(
            [.. sorted.Select((result, i) => reasons[i] is null ? result.Examples : 0.0)],
            options.Aggregation.WeightExponent,
            options.Intake.ExamplesFactor,
            options.Intake.ShareCap);
        return [.. sorted.Select(
            (result, i) => new ManifestEntry(result.Agent, reasons[i], reasons[i] is null && weights[i] < result.Examples ? weights[i] : null))];
    }
}
