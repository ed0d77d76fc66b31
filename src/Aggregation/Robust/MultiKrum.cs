using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Robust;

/// <summary>Multi-Krum (Blanchard et al., NeurIPS 2017) on products: keeps the agents whose nearest neighbours are nearest.</summary>
internal static class MultiKrum
{
    /// <summary>Shares with the <paramref name="hostile"/> most isolated agents at 0; ties go to the later in order.</summary>
    /// <param name="k">Inner products of the agents' changes.</param>
    public static double[] Shares(DoubleMatrix k, double[] shares, int hostile)
    {
        int agents = shares.Length;
        int neighbours = Math.Max(1, agents - hostile - 2);
        double[] scores = new double[agents];
        for (int u = 0; u < agents; u++)
        {
            scores[u] = Enumerable.Range(0, agents)
                .Where(s => s != u)
                .Select(s => Math.Max(0, k[u, u] + k[s, s] - (2 * k[u, s])))
                .Order()
                .Take(neighbours)
                .Sum();
        }

        int[] order = [.. Enumerable.Range(0, agents).OrderBy(u => scores[u]).ThenBy(u => u)];
        double[] kept = new double[agents];
        foreach (int u in order.Take(agents - hostile))
        {
            kept[u] = shares[u];
        }

        Weighting.Normalise(kept, shares.Sum());
        return kept;
    }
}
