using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>Σ xᵤFᵤ of one factor, summed in double precision in the order of the source.</summary>
internal static class WeightedSum
{
    private const int Block = 4096;

    /// <param name="rank">To which entries are padded.</param>
    /// <param name="factor">A or B of an entry.</param>
    public static Matrix Of(IdealUpdate target, int rank, double[] scalars, Func<LoraFactors, Matrix> factor, int rows, int columns)
    {
        var total = new DoubleMatrix(rows, columns);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = target.Threads };
        target.ForEachBatch((first, batch) =>
        {
            Matrix[] terms = [.. batch.Select(factors => factor(Padding.ToRank(factors, rank)))];
            Parallel.For(0, IdealUpdate.Blocks(total.Values.Length, Block), parallel, block =>
            {
                int from = block * Block;
                int length = Math.Min(Block, total.Values.Length - from);
                for (int i = 0; i < terms.Length; i++)
                {
                    Widening.Add(terms[i].Values.Slice(from, length), scalars[first + i], total.Values.AsSpan(from, length));
                }
            });
        });
        return total.ToSingles();
    }
}
