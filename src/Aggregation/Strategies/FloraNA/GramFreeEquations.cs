using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>
/// The normal equations without the blocks of all pairs, for agents on disk: H = X·Xᵀ with the rows Xᵤ = vec(Bᵤ·L) and L·Lᵀ = ÂÂᵀ, in blocks of rows
/// of B.
/// </summary>
/// <remarks>
/// U²·outputs·r multiply-adds for p, the same with inputs for q. Every block is one reading of the agents, ⌈4U·r·outputs / blockBytes⌉ a half step,
/// and each half step reads them three times more. Memory is the block and a few H [U × U]. Products in single precision within a piece, sums over
/// pieces in double.
/// </remarks>
internal sealed class GramFreeEquations(IdealUpdate target, int rank, long blockBytes) : INormalEquations
{
    private const int PieceValues = 2048;

    private readonly int agents = target.Source.Count;
    private readonly ParallelOptions parallel = new() { MaxDegreeOfParallelism = target.Threads };

    public INormalSystem ForQ(double[] p)
    {
        Matrix meanB = Transposition.Of(Mean(p, factors => factors.B, target.Outputs, rank));
        double[] c = Along(target.ApplyTransposed(new VectorBlock(meanB)).Rows, factors => factors.A);
        DoubleMatrix gram = Gram.OfRows(meanB);
        double unit = SymmetricProduct.UnitFor(gram, target.Unit);
        Matrix root = SymmetricProduct.Root(gram, unit);
        DoubleMatrix h = Squares(target.Inputs, unit, (factors, from, count, row) => MatrixProduct.Multiply(
            rank, count, rank, root.Values, rank, true, factors.A.Values[from..], target.Inputs, false, row, count));
        return new DenseSystem(h, c);
    }

    public INormalSystem ForP(double[] q)
    {
        Matrix meanA = Mean(q, factors => factors.A, rank, target.Inputs);
        double[] c = Along(Transposition.Of(target.Apply(new VectorBlock(meanA)).Rows), factors => factors.B);
        DoubleMatrix gram = Gram.OfRows(meanA);
        double unit = SymmetricProduct.UnitFor(gram, target.Unit);
        Matrix root = SymmetricProduct.Root(gram, unit);
        DoubleMatrix h = Squares(target.Outputs, unit, (factors, from, count, row) => MatrixProduct.Multiply(
            count, rank, rank, factors.B.Values[(from * rank)..], rank, false, root.Values, rank, false, row, rank));
        return new DenseSystem(h, c);
    }

    private Matrix Mean(double[] scalars, Func<LoraFactors, Matrix> factor, int rows, int columns) =>
        WeightedSum.Of(target, rank, scalars, factor, rows, columns);

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

    private DoubleMatrix Squares(int length, double unit, FillRow fill)
    {
        var h = new DoubleMatrix(agents, agents);
        var part = new Matrix(agents, agents);
        int step = (int)Math.Clamp(blockBytes / (sizeof(float) * (long)agents * rank), 1, length);
        for (int from = 0; from < length; from += step)
        {
            int start = from;
            int count = Math.Min(step, length - from);
            var x = new Matrix(agents, count * rank);
            ForEach((first, batch) => Parallel.For(0, batch.Length, parallel, i => fill(batch[i], start, count, x.Row(first + i))));
            for (int column = 0; column < x.Columns; column += PieceValues)
            {
                SymmetricProduct.Add(x.Values[column..], x.Columns, Math.Min(PieceValues, x.Columns - column), part, h, target.Threads);
            }
        }

        SymmetricProduct.Complete(h, 1 / (unit * unit));
        return h;
    }

    private void ForEach(Action<int, LoraFactors[]> visit) =>
        target.ForEachBatch((first, batch) => visit(first, [.. batch.Select(factors => Padding.ToRank(factors, rank))]));

    private delegate void FillRow(LoraFactors factors, int from, int count, Span<float> row);
}
