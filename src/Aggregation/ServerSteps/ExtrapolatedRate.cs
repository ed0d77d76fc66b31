using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>
/// The step length of FedExP (arXiv 2301.09604, eq. 5) over weights: η = max(1, Σ wᵤ‖Δᵤ‖² / (2(‖Σ wᵤΔᵤ‖² + ε))), Δᵤ an agent's change of products and
/// of tensors trained in full, shortened as clipping wants it.
/// </summary>
/// <remarks>Updates that agree give 1; the more they differ, the shorter their mean, and the longer the step.</remarks>
internal static class ExtrapolatedRate
{
    public static double Of(AggregationOptions options, LoraAdapter broadcast, Update[] sorted, IReadOnlyList<AgentWeight> weights, int round)
    {
        double own = 0;
        double mean = 0;
        foreach (string module in broadcast.Modules.Keys)
        {
            for (int u = 0; u < sorted.Length; u++)
            {
                LoraAdapter start = sorted[u].Start ?? broadcast;
                own += weights[u].Share * weights[u].Clip * weights[u].Clip * ProductGeometry.SquaredDistance(
                    sorted[u].Adapter.Modules[module], sorted[u].Adapter.Settings.Scale, start.Modules[module], start.Settings.Scale);
            }

            mean += MeanEnergy(module, options, broadcast, sorted, weights, round);
        }

        foreach (string name in broadcast.Saved.Keys)
        {
            double[] sum = new double[broadcast.Saved[name].Values.Length];
            for (int u = 0; u < sorted.Length; u++)
            {
                own += weights[u].Share * AddChange(sorted[u].Adapter.Saved[name], (sorted[u].Start ?? broadcast).Saved[name], weights[u], sum);
            }

            mean += sum.Sum(value => value * value);
        }

        return Math.Max(1, own / (2 * (mean + options.ServerEpsilon)));
    }

    /// <summary>‖Σ wᵤΔᵤ‖² of one module.</summary>
    /// <remarks>
    /// sBA − s₀B₀A₀ = (sB − s₀B₀)·A + s₀B₀·(A − A₀), so that small changes of large factors keep their digits. The second parts share their B₀
    /// and are one term.
    /// </remarks>
    private static double MeanEnergy(
        string module, AggregationOptions options, LoraAdapter broadcast, Update[] sorted, IReadOnlyList<AgentWeight> weights, int round)
    {
        var sources = new List<LoraFactors>();
        var coefficients = new List<double>();
        foreach (IGrouping<LoraAdapter, int> group in Enumerable.Range(0, sorted.Length).GroupBy(u => sorted[u].Start ?? broadcast))
        {
            LoraFactors start = group.Key.Modules[module];
            double scale = group.Key.Settings.Scale;
            double[] moved = new double[start.A.Values.Length];
            foreach (int u in group)
            {
                double share = weights[u].Share * weights[u].Clip;
                LoraFactors sent = sorted[u].Adapter.Modules[module];
                Matrix b = Difference.Of(sent.B, sorted[u].Adapter.Settings.Scale, Padding.ToRank(start, sent.Rank).B, scale);
                sources.Add(new LoraFactors(sent.A, b));
                coefficients.Add(share);
                Widening.Add(Padding.ToRank(sent, start.Rank).A.Values, share, moved);
                Widening.Add(start.A.Values, -share, moved);
            }

            sources.Add(new LoraFactors(new Matrix(start.Rank, start.Inputs, [.. moved.Select(value => (float)value)]), start.B));
            coefficients.Add(scale);
        }

        var update = new IdealUpdate(new MemoryFactors(sources), [.. coefficients], options.Threads);
        return UpdateEnergy.IsCheap(update)
            ? UpdateEnergy.Of(update)
            : RandomisedTruncation.Of(
                update,
                broadcast.Modules[module].A,
                broadcast.Modules[module].Rank,
                energy: null,
                SeededRandom.For(options.Seed, $"agreement {module}", round),
                options.Threads,
                TruncationMethod.Randomised).Energy;
    }

    /// <summary>Adds wᵤΔᵤ to <paramref name="sum"/>.</summary>
    /// <returns>‖Δᵤ‖².</returns>
    private static double AddChange(DenseTensor sent, DenseTensor start, AgentWeight weight, double[] sum)
    {
        double squared = 0;
        for (int i = 0; i < sum.Length; i++)
        {
            double change = weight.Clip * ((double)sent.Values[i] - start.Values[i]);
            squared += change * change;
            sum[i] += weight.Share * change;
        }

        return squared;
    }
}
