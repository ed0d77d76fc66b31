using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Peft;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>Lengths of folders' changes in product space, in one reading of all of them.</summary>
internal static class FolderNorms
{
    /// <summary>‖s·BA − s₀B₀A₀‖ over all modules for each folder; without a broadcast adapter the length of the product itself.</summary>
    public static double[] Of(FolderSet set, int threads)
    {
        double[] norms = new double[set.Folders.Count];
        LoraAdapter? start = set.Broadcast is { } broadcast ? PeftFolder.Read(broadcast.Folder) : null;
        Parallel.For(0, norms.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            PeftAdapterReader folder = set.Folders[i];
            double scale = folder.Config.Settings.Scale;
            double sum = 0;
            LoraFactors? reuse = null;
            foreach (string module in folder.Modules.Keys)
            {
                reuse = folder.ReadFactors(module, reuse);
                sum += scale * scale * InnerProduct(reuse, reuse);
                if (start is not null)
                {
                    LoraFactors before = start.Modules[module];
                    sum += (start.Settings.Scale * start.Settings.Scale * InnerProduct(before, before)) - (2 * scale * start.Settings.Scale * InnerProduct(reuse, before));
                }
            }

            norms[i] = Math.Sqrt(Math.Max(0, sum));
        });
        return norms;
    }

    // Single-precision products: a length that decides about clipping needs three digits, not seven.
    private static double InnerProduct(LoraFactors x, LoraFactors y)
    {
        var a = new Matrix(x.Rank, y.Rank);
        var b = new Matrix(x.Rank, y.Rank);
        MatrixProduct.Multiply(x.A, false, y.A, true, a);
        MatrixProduct.Multiply(x.B, true, y.B, false, b);
        double sum = 0;
        for (int i = 0; i < a.Values.Length; i++)
        {
            sum += (double)a.Values[i] * b.Values[i];
        }

        return sum;
    }
}
