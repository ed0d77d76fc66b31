using System.Globalization;
using EdgeFlora.Aggregation;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>Keeps out changes that are far larger than the others', which one agent could otherwise impose on all.</summary>
/// <remarks>
/// Factors (in product space) and head are bounded apart: a large one would hide a large factor in the other. The middle is the lower median, so a large change
/// never raises its own limit, and fewer than half of the agents can't move it at all. Fewer than three have no middle: then nothing is left out.
/// </remarks>
internal static class NormBound
{
    private const int LeastForMedian = 3;

    /// <summary>Lower medians of both lengths; zero, which bounds nothing, if there are fewer than three.</summary>
    public static ChangeNorm Median(IReadOnlyCollection<ChangeNorm> norms) => norms.Count < LeastForMedian
        ? new ChangeNorm(0, 0)
        : new ChangeNorm(UpdateNorms.Median([.. norms.Select(norm => norm.Products)]), UpdateNorms.Median([.. norms.Select(norm => norm.Saved)]));

    /// <summary>What is wrong with a change of this length, in a sentence; null if nothing is.</summary>
    /// <param name="of">What the median is of.</param>
    public static string? Wrong(ChangeNorm norm, ChangeNorm median, double factor, string of) =>
        Wrong("factors", norm.Products, median.Products, factor, of) ?? Wrong("head", norm.Saved, median.Saved, factor, of);

    /// <summary>A round's frozen list: every accepted result in the order of agents' names, with a reason at those out of bounds.</summary>
    public static ManifestEntry[] Manifest(IReadOnlyCollection<StoredResult> results, double factor)
    {
        ChangeNorm median = Median([.. results.Select(result => result.Norm)]);
        return
        [
            .. results.OrderBy(result => result.Agent, StringComparer.Ordinal)
                .Select(result => new ManifestEntry(result.Agent, Wrong(result.Norm, median, factor, "this round"))),
        ];
    }

    private static string? Wrong(string part, double norm, double median, double factor, string of) =>
        median > 0 && !(norm <= factor * median)
            ? string.Create(CultureInfo.InvariantCulture, $"The change of the {part} has norm {norm:g4}, {norm / median:g4} times the median {median:g4} of {of}; the limit is {factor:g4} times.")
            : null;
}
