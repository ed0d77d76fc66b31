namespace EdgeFlora.Aggregation;

/// <summary>Shares of agents from their numbers of examples.</summary>
public static class Weighting
{
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
