using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>Inner products between folders' changes, module by module: what robust rules judge by.</summary>
internal static class FolderGeometry
{
    /// <summary>K [U × U] of Δᵤ = sᵤBᵤAᵤ − s₀B₀A₀, or of the products themselves without a broadcast adapter.</summary>
    /// <param name="load">Gives a module's factors of all folders, which must fit in memory.</param>
    public static DoubleMatrix Of(FolderSet set, Func<string, IFactorSource> load, int threads)
    {
        int folders = set.Folders.Count;
        double[] scales = [.. set.Folders.Select(folder => folder.Config.Settings.Scale), set.Broadcast?.Config.Settings.Scale ?? 0];
        var all = new DoubleMatrix(folders + 1, folders + 1);
        foreach (string module in set.Folders[0].Modules.Keys)
        {
            IFactorSource source = load(module);
            LoraFactors? start = set.Broadcast?.ReadFactors(module);
            Parallel.For(0, folders + 1, new ParallelOptions { MaxDegreeOfParallelism = threads }, u =>
            {
                for (int s = 0; s <= u; s++)
                {
                    LoraFactors? x = u < folders ? source.Load(u) : start;
                    LoraFactors? y = s < folders ? source.Load(s) : start;
                    all[u, s] += x is null || y is null ? 0 : scales[u] * scales[s] * ProductGeometry.InnerProduct(x, y);
                }
            });
        }

        var changes = new DoubleMatrix(folders, folders);
        for (int u = 0; u < folders; u++)
        {
            for (int s = 0; s < folders; s++)
            {
                changes[u, s] = all[Math.Max(u, s), Math.Min(u, s)] - all[folders, s] - all[folders, u] + all[folders, folders];
            }
        }

        return changes;
    }
}
