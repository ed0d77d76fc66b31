using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>‖T‖² of an ideal update from the inner products of all its factors.</summary>
internal static class UpdateEnergy
{
    private const int TileRows = 256;

    /// <summary>Operations up to which the exact value is worth its time; beyond, it is estimated from probes.</summary>
    private const double MostOperations = 1e10;

    /// <summary>Whether factors are in memory and few enough.</summary>
    public static bool IsCheap(IdealUpdate update)
    {
        double rank = update.TotalRank;
        return update.Source.Batch >= update.Source.Count && rank * rank * (update.Outputs + update.Inputs) <= MostOperations;
    }

    /// <summary>‖unit·T‖² = Σ over pairs of directions of cᵢcⱼ⟨bᵢ, bⱼ⟩⟨aᵢ, aⱼ⟩; products in single precision, the sum in double.</summary>
    public static double Of(IdealUpdate update)
    {
        // A is brought to about one, and B takes up the rest with coefficient and unit: then both Gram matrices stay within single precision.
        double largest = Largest(update);
        if (largest == 0)
        {
            return 0;
        }

        Matrix a = Stack(update, factors => factors.A, update.Inputs, [.. update.Coefficients.Select(_ => 1 / largest)]);
        Matrix b = Stack(
            update, factors => Transposition.Of(factors.B), update.Outputs, [.. update.Coefficients.Select(c => c * update.Unit * largest)]);
        int tiles = IdealUpdate.Blocks(a.Rows, TileRows);
        (int Row, int Column)[] pairs = [.. from row in Enumerable.Range(0, tiles) from column in Enumerable.Range(0, row + 1) select (row, column)];
        double[] sums = new double[pairs.Length];
        Parallel.For(0, pairs.Length, new ParallelOptions { MaxDegreeOfParallelism = update.Threads }, i =>
        {
            (int row, int column) = pairs[i];
            sums[i] = (row == column ? 1 : 2) * TileSum(a, b, row * TileRows, column * TileRows);
        });
        return Math.Max(0, sums.Sum());
    }

    private static double Largest(IdealUpdate update)
    {
        double largest = 0;
        update.ForEachBatch((_, batch) => largest = Math.Max(
            largest, batch.Max(factors => Math.Abs((double)TensorPrimitives.MaxMagnitude<float>(factors.A.Values)))));
        return largest;
    }

    private static double TileSum(Matrix a, Matrix b, int top, int left)
    {
        int rows = Math.Min(TileRows, a.Rows - top);
        int columns = Math.Min(TileRows, a.Rows - left);
        Matrix ofA = Products(a, top, left, rows, columns);
        Matrix ofB = Products(b, top, left, rows, columns);
        return Widening.Dot(ofA.Values, ofB.Values);
    }

    private static Matrix Products(Matrix x, int top, int left, int rows, int columns)
    {
        var products = new Matrix(rows, columns);
        MatrixProduct.Multiply(
            rows, columns, x.Columns, x.Values[(top * x.Columns)..], x.Columns, false, x.Values[(left * x.Columns)..], x.Columns, true,
            products.Values, columns);
        return products;
    }

    private static Matrix Stack(IdealUpdate update, Func<LoraFactors, Matrix> rowsOf, int width, double[] scales)
    {
        var stack = new Matrix(update.TotalRank, width);
        int at = 0;
        update.ForEachBatch((first, batch) =>
        {
            for (int i = 0; i < batch.Length; i++)
            {
                Matrix rows = rowsOf(batch[i]);
                Span<float> target = stack.Values.Slice(at * width, rows.Values.Length);
                rows.Values.CopyTo(target);
                at += rows.Rows;
                foreach (ref float value in target)
                {
                    value = (float)(value * scales[first + i]);
                }
            }
        });
        return stack;
    }
}
