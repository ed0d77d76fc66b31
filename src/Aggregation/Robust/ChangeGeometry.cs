using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Robust;

/// <summary>
/// Inner products between agents' changes in product space, over all modules: enough to find every distance to every weighted mean.
/// </summary>
internal static class ChangeGeometry
{
    /// <summary>K [U × U] with K_{us} = ⟨Δᵤ, Δ_s⟩, Δᵤ = agent's product less that of its start.</summary>
    public static DoubleMatrix Of(LoraAdapter broadcast, Update[] sorted, int threads)
    {
        // Products of agents and, behind them, of their starts; the broadcast adapter is a start shared by all that are not stale.
        var adapters = new List<LoraAdapter>(sorted.Select(update => update.Adapter)) { broadcast };
        int[] starts = new int[sorted.Length];
        for (int i = 0; i < sorted.Length; i++)
        {
            starts[i] = sorted.Length;
            if (sorted[i].Start is { } start)
            {
                starts[i] = adapters.Count;
                adapters.Add(start);
            }
        }

        DoubleMatrix all = Products(adapters, threads);
        var changes = new DoubleMatrix(sorted.Length, sorted.Length);
        for (int u = 0; u < sorted.Length; u++)
        {
            for (int s = 0; s < sorted.Length; s++)
            {
                changes[u, s] = all[u, s] - all[u, starts[s]] - all[starts[u], s] + all[starts[u], starts[s]];
            }
        }

        return changes;
    }

    /// <summary>‖Δᵤ − Σ oₛΔₛ‖ for every u.</summary>
    public static double[] Distances(DoubleMatrix k, double[] o)
    {
        double[] along = new double[o.Length];
        double centre = 0;
        for (int u = 0; u < o.Length; u++)
        {
            for (int s = 0; s < o.Length; s++)
            {
                along[u] += k[u, s] * o[s];
            }

            centre += o[u] * along[u];
        }

        return [.. along.Select((value, u) => Math.Sqrt(Math.Max(0, k[u, u] - (2 * value) + centre)))];
    }

    private static DoubleMatrix Products(List<LoraAdapter> adapters, int threads)
    {
        var products = new DoubleMatrix(adapters.Count, adapters.Count);
        Parallel.For(0, adapters.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, u =>
        {
            for (int s = 0; s <= u; s++)
            {
                double scale = adapters[u].Settings.Scale * adapters[s].Settings.Scale;
                double sum = 0;
                foreach ((string name, LoraFactors factors) in adapters[u].Modules)
                {
                    sum += scale * ProductGeometry.InnerProduct(factors, adapters[s].Modules[name]);
                }

                products[u, s] = sum;
                products[s, u] = sum;
            }
        });
        return products;
    }
}
