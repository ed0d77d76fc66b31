using System.Globalization;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>Keeps out changes that are far larger than the others', which one agent could otherwise impose on all.</summary>
/// <remarks>
/// The middle is the lower median: with two results, the smaller one. So a large change never raises its own limit; fewer than half of the agents
/// can't move it at all.
/// </remarks>
internal static class NormBound
{
    /// <summary>The lower median; 0 of none.</summary>
    public static double Median(IEnumerable<double> norms)
    {
        double[] ordered = [.. norms.Order()];
        return ordered.Length == 0 ? 0 : ordered[(ordered.Length - 1) / 2];
    }

    /// <summary>What is wrong with a change of this length, in a sentence; null if nothing is, or if there is nothing to compare with.</summary>
    public static string? Wrong(double norm, double median, double factor, string of) =>
        median > 0 && norm > factor * median
            ? string.Create(CultureInfo.InvariantCulture, $"The update's norm {norm:g4} is {norm / median:g4} times the median {median:g4} of {of}; the limit is {factor:g4} times.")
            : null;

    /// <summary>A round's frozen list: every accepted result in the order of agents' names, with a reason at those out of bounds.</summary>
    public static ManifestEntry[] Manifest(IReadOnlyCollection<StoredResult> results, double factor)
    {
        double median = Median(results.Select(result => result.Norm));
        return
        [
            .. results.OrderBy(result => result.Agent, StringComparer.Ordinal)
                .Select(result => new ManifestEntry(result.Agent, Wrong(result.Norm, median, factor, "this round"))),
        ];
    }
}
