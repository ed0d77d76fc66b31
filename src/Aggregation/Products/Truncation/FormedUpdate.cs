using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products.Truncation;

/// <summary>An ideal update formed as one [outputs × inputs] matrix: a single reading of the agents, memory independent of their number.</summary>
internal sealed class FormedUpdate : ILinearMap
{
    private const int BlockRows = 128;

    // Agents' columns are gathered until a product has this many, so that the sum is read and written once for many agents.
    private const int GatheredRank = 256;

    private readonly Matrix sum;
    private readonly int threads;

    private FormedUpdate(Matrix sum, int threads)
    {
        this.sum = sum;
        this.threads = threads;
    }

    public int Outputs => sum.Rows;

    public int Inputs => sum.Columns;

    /// <summary>‖T‖², in the unit of the update it was formed from.</summary>
    public double Energy => Enumerable.Range(0, sum.Rows).Sum(i => Widening.Dot(sum.Row(i), sum.Row(i)));

    public static FormedUpdate Of(IdealUpdate update)
    {
        var sum = new Matrix(update.Outputs, update.Inputs);
        var columns = new Matrix(update.Outputs, GatheredRank);
        var rows = new Matrix(GatheredRank, update.Inputs);
        int gathered = 0;
        update.ForEachBatch((first, batch) =>
        {
            for (int i = 0; i < batch.Length; i++)
            {
                double coefficient = update.Coefficients[first + i] * update.Unit;
                for (int r = 0; r < batch[i].Rank; r++)
                {
                    batch[i].A.Row(r).CopyTo(rows.Row(gathered));
                    for (int o = 0; o < update.Outputs; o++)
                    {
                        columns[o, gathered] = (float)(coefficient * batch[i].B[o, r]);
                    }

                    if (++gathered == GatheredRank)
                    {
                        Add(sum, columns, rows, gathered, update.Threads);
                        gathered = 0;
                    }
                }
            }
        });
        Add(sum, columns, rows, gathered, update.Threads);
        return new FormedUpdate(sum, update.Threads);
    }

    public VectorBlock Apply(VectorBlock vectors, int ahead = 0)
    {
        var result = new Matrix(vectors.Count, Outputs);
        MatrixProduct.Multiply(vectors.Rows, false, sum, true, result, threads: threads);
        return new VectorBlock(result);
    }

    public VectorBlock ApplyTransposed(VectorBlock vectors, int ahead = 0)
    {
        var result = new Matrix(vectors.Count, Inputs);
        MatrixProduct.Multiply(vectors.Rows, false, sum, false, result, threads: threads);
        return new VectorBlock(result);
    }

    private static void Add(Matrix sum, Matrix columns, Matrix rows, int gathered, int threads) =>
        Parallel.For(0, IdealUpdate.Blocks(sum.Rows, BlockRows), new ParallelOptions { MaxDegreeOfParallelism = threads }, block =>
        {
            int from = block * BlockRows;
            int count = Math.Min(BlockRows, sum.Rows - from);
            MatrixProduct.Multiply(
                count, sum.Columns, gathered,
                columns.Values.Slice(from * GatheredRank, count * GatheredRank), GatheredRank, false,
                rows.Values, sum.Columns, false,
                sum.Values.Slice(from * sum.Columns, count * sum.Columns), sum.Columns, accumulate: true);
        });
}
