using System.Globalization;
using EdgeFlora.Aggregation;

namespace EdgeFlora.Coordinator.Merging;

/// <summary>Keeps out changes that are far larger than the others', which one agent could otherwise impose on all.</summary>
/// <remarks>
/// Factors (in product space), head and, where strategies average factors as they come, factors as sent are bounded apart: a large change of one
/// would hide a large one of another. The middle is the lower median, so a large change
/// never raises its own limit, and fewer than half of the agents can't move it at all. Fewer than three have no middle: then nothing is left out.
/// </remarks>
internal static class NormBound
{
    private const int LeastForMedian = 3;

    /// <summary>Lower medians of both lengths; zero, which bounds nothing, if there are fewer than three.</summary>
    public static ChangeNorm Median(IReadOnlyCollection<ChangeNorm> norms) => norms.Count < LeastForMedian
        ? new ChangeNorm(0, 0)
        : new ChangeNorm(LowerMedian.Of([.. norms.Select(norm => norm.Products)]), LowerMedian.Of([.. norms.Select(norm => norm.Saved)]))
        {
            Factors = LowerMedian.Of([.. norms.Select(norm => norm.Factors)]),
        };

    /// <summary>What is wrong with a change of this length, in a sentence; null if nothing is.</summary>
    /// <param name="of">What the median is of.</param>
    public static string? Wrong(ChangeNorm norm, ChangeNorm median, double factor, string of) =>
        Wrong("factors", norm.Products, median.Products, factor, of) ?? Wrong("head", norm.Saved, median.Saved, factor, of) ?? Wrong(
            "factors as they were sent", norm.Factors, median.Factors, factor, of);

    private static string? Wrong(string part, double norm, double median, double factor, string of) =>
        median > 0 && !(norm <= factor * median)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The change of the {part} has norm {norm:g4}, {norm / median:g4} times the median {median:g4} of {of}; the limit is {factor:g4} "
                + $"times.")
            : null;
}
