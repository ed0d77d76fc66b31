namespace EdgeFlora.Experiments.Results;

/// <summary>A mean over seeds with its 95 % confidence interval by Student's t.</summary>
/// <param name="Half">Half of the interval's width; null for a single value, which has none.</param>
public sealed record Interval(double Mean, double? Half, int Count)
{
    // 97.5 % quantiles of Student's t for 1 … 30 degrees of freedom.
    private static readonly double[] Quantiles =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    /// <summary>Null for no values.</summary>
    public static Interval? Of(IEnumerable<double> values)
    {
        double[] all = [.. values];
        if (all.Length == 0)
        {
            return null;
        }

        double mean = all.Average();
        if (all.Length == 1)
        {
            return new Interval(mean, null, 1);
        }

        double deviation = Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1));
        double quantile = all.Length - 1 <= Quantiles.Length ? Quantiles[all.Length - 2] : 1.96;
        return new Interval(mean, quantile * deviation / Math.Sqrt(all.Length), all.Length);
    }
}
