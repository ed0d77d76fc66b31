using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>The normal equations without the blocks of all pairs: H = X·Xᵀ with the rows Xᵤ = vec(Bᵤ·L) and L·Lᵀ = ÂÂᵀ, in blocks of rows of B.</summary>
/// <remarks>
/// 2U²·outputs·r operations for p, the same with inputs for q; memory is the block of X and H [U × U]. Every block is one reading of the agents, so a source on disk is
/// read ⌈4U·r·outputs / blockBytes⌉ times a half step. Products in single precision, summed over blocks in double.
/// </remarks>
internal sealed class GramFreeEquations(IdealUpdate target, int rank, long blockBytes) : INormalEquations
{
    private readonly int agents = target.Source.Count;
    private readonly ParallelOptions parallel = new() { MaxDegreeOfParallelism = target.Threads };

    public (DoubleMatrix H, double[] C) ForQ(double[] p)
    {
        Matrix meanB = Transposition.Of(Mean(p, factors => factors.B, target.Outputs, rank));
        double[] c = Along(target.ApplyTransposed(meanB), factors => factors.A);
        Matrix root = Root(Gram.OfRows(meanB));
        var h = Squares(target.Inputs, (factors, from, count, row) => MatrixProduct.Multiply(
            rank, count, rank, root.Values, rank, true, factors.A.Values[from..], target.Inputs, false, row, count));
        return (h, c);
    }

    public (DoubleMatrix H, double[] C) ForP(double[] q)
    {
        Matrix meanA = Mean(q, factors => factors.A, rank, target.Inputs);
        double[] c = Along(Transposition.Of(target.Apply(meanA)), factors => factors.B);
        Matrix root = Root(Gram.OfRows(meanA));
        var h = Squares(target.Outputs, (factors, from, count, row) => MatrixProduct.Multiply(
            count, rank, rank, factors.B.Values[(from * rank)..], rank, false, root.Values, rank, false, row, rank));
        return (h, c);
    }

    private Matrix Mean(double[] scalars, Func<LoraFactors, Matrix> factor, int rows, int columns)
    {
        var total = new DoubleMatrix(rows, columns);
        ForEach((first, batch) => Parallel.For(0, rows, parallel, row =>
        {
            for (int i = 0; i < batch.Length; i++)
            {
                Widening.Add(factor(batch[i]).Row(row), scalars[first + i], total.Row(row));
            }
        }));
        return total.ToSingles();
    }

    // cᵤ = ⟨factor u, image of the held mean under T⟩.
    private double[] Along(Matrix image, Func<LoraFactors, Matrix> factor)
    {
        double[] c = new double[agents];
        ForEach((first, batch) => Parallel.For(0, batch.Length, parallel, i =>
        {
            c[first + i] = Widening.Dot(factor(batch[i]).Values, image.Values) / target.Unit;
        }));
        return c;
    }

    private DoubleMatrix Squares(int length, FillRow fill)
    {
        var h = new DoubleMatrix(agents, agents);
        int step = (int)Math.Clamp(blockBytes / (sizeof(float) * (long)agents * rank), 1, length);
        for (int from = 0; from < length; from += step)
        {
            int start = from;
            int count = Math.Min(step, length - from);
            var x = new Matrix(agents, count * rank);
            ForEach((first, batch) => Parallel.For(0, batch.Length, parallel, i => fill(batch[i], start, count, x.Row(first + i))));
            AddSquare(x, h);
        }

        double scale = 1 / (target.Unit * target.Unit);
        for (int i = 0; i < h.Values.Length; i++)
        {
            h.Values[i] *= scale;
        }

        return h;
    }

    // Columns of X in pieces: single precision within a piece, double between them.
    private void AddSquare(Matrix x, DoubleMatrix h)
    {
        const int Piece = 4096;
        var part = new Matrix(agents, agents);
        for (int from = 0; from < x.Columns; from += Piece)
        {
            int count = Math.Min(Piece, x.Columns - from);
            MatrixProduct.Multiply(
                agents, agents, count, x.Values[from..], x.Columns, false, x.Values[from..], x.Columns, true, part.Values, agents, threads: target.Threads);
            Widening.Add(part.Values, 1, h.Values);
        }
    }

    // L with L·Lᵀ = the Gram matrix, in the unit of the target so that products of tiny factors stay representable.
    private Matrix Root(DoubleMatrix gram)
    {
        SingularValues eigen = SingularValues.Of(gram);
        var root = new Matrix(rank, rank);
        for (int i = 0; i < rank; i++)
        {
            for (int j = 0; j < rank; j++)
            {
                root[i, j] = (float)(eigen.U[i, j] * Math.Sqrt(eigen.Sigma[j]) * target.Unit);
            }
        }

        return root;
    }

    private void ForEach(Action<int, LoraFactors[]> visit) =>
        target.ForEachBatch((first, batch) => visit(first, [.. batch.Select(factors => Padding.ToRank(factors, rank))]));

    private delegate void FillRow(LoraFactors factors, int from, int count, Span<float> row);
}
