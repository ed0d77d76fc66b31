namespace EdgeFlora.Aggregation;

/// <summary>Shares of agents from their numbers of examples.</summary>
public static class Weighting
{
    private const int LeastForMedian = 3;

    /// <summary>wᵤ = nᵤ^β / Σ n^β, none above <paramref name="cap"/> equal shares; what the cap takes goes to the others in proportion.</summary>
    /// <param name="examples">Finite, ≥ 0, at least one above 0; an agent with 0 has no share.</param>
    /// <param name="exponent">β; 0 weighs all agents with examples alike.</param>
    /// <param name="cap">Multiples of an equal share, ≥ 1; 0 for no cap.</param>
    public static double[] Shares(IReadOnlyList<double> examples, double exponent, double cap)
    {
        ArgumentNullException.ThrowIfNull(examples);
        // Divided by the largest first: powers and sums of any finite counts stay in range, and equal scalings give equal shares.
        double largest = examples.Max();
        double[] shares = [.. examples.Select(n => n > 0 ? Math.Pow(n / largest, exponent) : 0)];
        Normalise(shares, 1);
        int taking = shares.Count(share => share > 0);
        if (cap > 0)
        {
            Cap(shares, Math.Min(1, cap / taking));
        }

        return shares;
    }

    /// <summary>
    /// Examples as they may count, so that no agent owns a merge by what it says of itself: unchanged, or lowered to the two limits.
    /// </summary>
    /// <remarks>
    /// No weight n^β is above <paramref name="factor"/> times the lower median, which fewer than half of the agents can't move; then none is above
    /// <paramref name="share"/> of the sum, but never below an equal share among all others, so that of three agents one may have half. Fewer than
    /// three have no median: then nothing is lowered. The same for any order of the agents.
    /// </remarks>
    /// <param name="examples">Finite, ≥ 0; those with 0 have no part in it.</param>
    /// <param name="exponent">β, as of <see cref="Shares"/>.</param>
    /// <param name="factor">≥ 1; 0 for no limit.</param>
    /// <param name="share">0 … 1; 0 for no limit.</param>
    public static double[] Bounded(IReadOnlyList<double> examples, double exponent, double factor, double share)
    {
        ArgumentNullException.ThrowIfNull(examples);
        double[] taking = [.. examples.Where(n => n > 0)];
        if (taking.Length < LeastForMedian || exponent == 0)
        {
            return [.. examples];
        }

        double largest = taking.Max();
        double[] weights = [.. taking.Order().Select(n => Math.Pow(n / largest, exponent))];
        double most = factor > 0 ? factor * weights[(weights.Length - 1) / 2] : double.PositiveInfinity;
        if (share > 0)
        {
            most = Math.Min(most, MostOf(weights, most, Math.Max(share, 1.0 / (weights.Length - 1))));
        }

        double limit = largest * Math.Pow(most, 1 / exponent);
        return [.. examples.Select(n => Math.Min(n, limit))];
    }

    /// <summary>The largest c with c ≤ <paramref name="share"/> · Σ min(w, c, most).</summary>
    /// <param name="weights">Ascending.</param>
    private static double MostOf(double[] weights, double most, double share)
    {
        double below = weights.Sum(weight => Math.Min(weight, most));
        for (int capped = 0; capped < weights.Length && capped * share < 1; capped++)
        {
            // With so many of the largest at c, c = share · (rest + capped · c).
            double c = share * below / (1 - (capped * share));
            double next = Math.Min(weights[^(capped + 1)], most);
            if (next <= c * (1 + 1e-12))
            {
                return capped == 0 ? double.PositiveInfinity : c;
            }

            below -= next;
        }

        return double.PositiveInfinity;
    }

    private static void Cap(double[] shares, double most)
    {
        bool[] capped = new bool[shares.Length];
        for (int round = 0; round < shares.Length; round++)
        {
            bool changed = false;
            for (int i = 0; i < shares.Length; i++)
            {
                if (!capped[i] && shares[i] > most * (1 + 1e-12))
                {
                    (capped[i], changed) = (true, true);
                }
            }

            if (!changed)
            {
                return;
            }

            double free = 1 - (most * capped.Count(flag => flag));
            double sum = shares.Where((_, i) => !capped[i]).Sum();
            for (int i = 0; i < shares.Length; i++)
            {
                shares[i] = capped[i] ? most : sum > 0 ? shares[i] / sum * free : 0;
            }
        }
    }

    internal static void Normalise(double[] shares, double total)
    {
        double sum = shares.Sum();
        for (int i = 0; i < shares.Length; i++)
        {
            shares[i] = shares[i] / sum * total;
        }
    }
}
