namespace EdgeFlora.Aggregation.Privacy;

/// <summary>
/// Privacy spent by rounds of the subsampled Gaussian mechanism, by Rényi differential privacy (Mironov 2017; Mironov, Talwar, Zhang 2019).
/// </summary>
/// <remarks>Valid for Poisson sampling: every agent takes part in a round independently with the same probability.</remarks>
public static class RdpAccountant
{
    private const int MostOrder = 256;

    /// <summary>
    /// The least ε with which <paramref name="rounds"/> rounds are (ε, δ)-differentially private, by the tight conversion (Canonne, Kamath, Steinke
    /// 2020).
    /// </summary>
    /// <param name="sampling">Probability q that an agent takes part in a round; above 0, at most 1.</param>
    /// <param name="noiseMultiplier">Standard deviation of the noise over the sensitivity; above 0.</param>
    /// <param name="rounds">≥ 0.</param>
    /// <param name="delta">Above 0, below 1.</param>
    public static double Epsilon(double sampling, double noiseMultiplier, int rounds, double delta) =>
        Least(
            sampling, noiseMultiplier, rounds, delta, order => Math.Log((order - 1.0) / order) - ((Math.Log(delta) + Math.Log(order)) / (order - 1)));

    /// <summary>
    /// The same by the classic conversion ε = RDP(α) + log(1/δ)/(α − 1), as older accountants print it; never below <see cref="Epsilon"/> where that
    /// matters.
    /// </summary>
    public static double ClassicEpsilon(double sampling, double noiseMultiplier, int rounds, double delta) =>
        Least(sampling, noiseMultiplier, rounds, delta, order => Math.Log(1 / delta) / (order - 1));

    private static double Least(double sampling, double noiseMultiplier, int rounds, double delta, Func<int, double> conversion)
    {
        RequireRange(sampling is > 0 and <= 1, nameof(sampling), sampling, "above 0, at most 1");
        RequireRange(noiseMultiplier > 0 && double.IsFinite(noiseMultiplier), nameof(noiseMultiplier), noiseMultiplier, "above 0");
        RequireRange(delta is > 0 and < 1, nameof(delta), delta, "above 0, below 1");
        ArgumentOutOfRangeException.ThrowIfNegative(rounds);
        if (rounds == 0)
        {
            return 0;
        }

        double least = double.PositiveInfinity;
        for (int order = 2; order <= MostOrder; order++)
        {
            least = Math.Min(least, (rounds * OfOrder(order, sampling, noiseMultiplier)) + conversion(order));
        }

        return Math.Max(0, least);
    }

    // RDP(α) = 1/(α−1)·log Σⱼ C(α,j)(1−q)^{α−j} qʲ exp(j(j−1)/(2σ²)), summed in the logarithm.
    private static double OfOrder(int order, double q, double sigma)
    {
        if (q == 1)
        {
            return order / (2 * sigma * sigma);
        }

        double[] terms = new double[order + 1];
        double binomial = 0;
        for (int j = 0; j <= order; j++)
        {
            terms[j] = binomial + ((order - j) * Math.Log(1 - q)) + (j * Math.Log(q)) + (j * (j - 1.0) / (2 * sigma * sigma));
            binomial += Math.Log(order - j) - Math.Log(j + 1);
        }

        double largest = terms.Max();
        return (largest + Math.Log(terms.Sum(term => Math.Exp(term - largest)))) / (order - 1);
    }

    private static void RequireRange(bool holds, string name, double value, string right)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"It must be {right}.");
        }
    }
}
