using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation.Products;

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
                    sum += (start.Settings.Scale * start.Settings.Scale * InnerProduct(before, before))
                        - (2 * scale * start.Settings.Scale * InnerProduct(reuse, before));
                }
            }

            norms[i] = Math.Sqrt(Math.Max(0, sum));
        });
        return norms;
    }

    // A zero beside another adapter is nothing beside the lengths; of an adapter with itself it may be a length lost.
    private static bool IsUsual(Matrix products, bool same)
    {
        float largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(products.Values));
        return largest is > 1e-25f and < 1e30f || (largest == 0 && !same);
    }

    // Single-precision products: a length that decides about clipping needs three digits, not seven.
    private static double InnerProduct(LoraFactors x, LoraFactors y)
    {
        var a = new Matrix(x.Rank, y.Rank);
        var b = new Matrix(x.Rank, y.Rank);
        MatrixProduct.Multiply(x.A, false, y.A, true, a);
        MatrixProduct.Multiply(x.B, true, y.B, false, b);
        // What single precision cannot hold must not count as no length, or escape clipping as no number.
        bool same = ReferenceEquals(x, y);
        if (!IsUsual(a, same) || !IsUsual(b, same))
        {
            return ProductGeometry.InnerProduct(x, y);
        }

        double sum = 0;
        for (int i = 0; i < a.Values.Length; i++)
        {
            sum += (double)a.Values[i] * b.Values[i];
        }

        return sum;
    }
}
