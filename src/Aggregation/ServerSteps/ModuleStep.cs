using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Gauges;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>One module's step of an optimiser on the server, in product space and read back to the published rank.</summary>
/// <remarks>
/// With the broadcast product P₀ and the strategy's product P, D = P − P₀ is the step that was meant. It becomes M ← β₁M + D (momentum) or
/// M ← β₁M + (1 − β₁)D (Adam, Yogi), and P₀ + η·M or P₀ + η·M/√v is published. The products are known by their factors; none is formed.
/// </remarks>
internal static class ModuleStep
{
    /// <param name="scale">Of the published adapter: second moments, and so η, are of changes of weights.</param>
    public static (LoraFactors Factors, ModuleMoments Moments) Of(
        string name, LoraFactors broadcast, LoraFactors merged, double scale, ModuleMoments? before, int round, AggregationOptions options)
    {
        int kept = 2 * merged.Rank;
        SingularTriplets step = LowRankSum.Of([merged, broadcast], [1, -1], kept, $"step {name}", round, options);
        bool adaptive = options.ServerStep is ServerStep.FedAdam or ServerStep.FedYogi;
        double fresh = adaptive ? 1 - options.Momentum : 1;
        LoraFactors first = LowRankSum.ToFactors(
            before is null
                ? step with { Sigma = [.. step.Sigma.Select(sigma => fresh * sigma)] }
                : LowRankSum.Of([LowRankSum.ToFactors(step), before.First], [fresh, options.Momentum], kept, $"momentum {name}", round, options));
        SecondMoment? second = adaptive ? SecondMoments.Next(before?.Second, step, scale, options) : null;
        // M is without the adapter's scale, and √v with it: divided, a step of η is one of η/s in products.
        LoraFactors direction = second is null ? first : Divided(first, second);
        SingularTriplets moved = LowRankSum.Of(
            [broadcast, direction], [1, options.ServerRate], merged.Rank, $"global {name}", round, options);
        return (GaugeFixing.Split(moved, merged.Rank, options.Gauge, merged), new ModuleMoments(first, second));
    }

    private static LoraFactors Divided(LoraFactors first, SecondMoment second)
    {
        (double[] outputs, double[] inputs) = SecondMoments.Divisors(second);
        var a = new Matrix(first.Rank, first.Inputs);
        var b = new Matrix(first.Outputs, first.Rank);
        for (int r = 0; r < first.Rank; r++)
        {
            for (int k = 0; k < first.Inputs; k++)
            {
                a[r, k] = (float)(inputs[k] * first.A[r, k]);
            }
        }

        for (int o = 0; o < first.Outputs; o++)
        {
            for (int r = 0; r < first.Rank; r++)
            {
                b[o, r] = (float)(outputs[o] * first.B[o, r]);
            }
        }

        return new LoraFactors(a, b);
    }
}
