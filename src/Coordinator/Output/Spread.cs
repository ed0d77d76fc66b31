using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Output;

/// <summary>How a figure differs from agent to agent.</summary>
internal static class Spread
{
    /// <summary>Null: nobody measured it.</summary>
    /// <param name="figures">One an agent.</param>
    public static FigureSpread? Of(IReadOnlyList<(string Agent, double Value)> figures, bool higherIsBetter)
    {
        if (figures.Count == 0)
        {
            return null;
        }

        double[] sorted = [.. figures.Select(figure => figure.Value).Order()];
        double worst = higherIsBetter ? sorted[0] : sorted[^1];
        double mean = sorted.Average();
        return new FigureSpread(
            sorted.Length,
            figures.Where(figure => figure.Value.Equals(worst)).Select(figure => figure.Agent).Min(StringComparer.Ordinal)!,
            worst,
            mean,
            Math.Sqrt(sorted.Average(value => (value - mean) * (value - mean))),
            Quantile(sorted, 0.1),
            Quantile(sorted, 0.5),
            Quantile(sorted, 0.9));
    }

    /// <summary>Interpolated linearly between the two nearest figures (Hyndman and Fan's type 7).</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below == sorted.Length - 1 ? sorted[below] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
    }
}
