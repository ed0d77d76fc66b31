using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>The normal equations without the blocks of all pairs: H = X·Xᵀ with the rows Xᵤ = vec(Bᵤ·L) and L·Lᵀ = ÂÂᵀ, in blocks of rows of B.</summary>
/// <remarks>
/// 2U²·outputs·r operations for p, the same with inputs for q, of which symmetry saves nearly half. Factors in memory are taken in pieces that stay in the cache;
/// of a source on disk every block is one reading of the agents, ⌈4U·r·outputs / blockBytes⌉ a half step. Memory is the block and a few H [U × U].
/// Products in single precision within a piece, sums over pieces in double.
/// </remarks>
internal sealed class GramFreeEquations(IdealUpdate target, int rank, long blockBytes) : INormalEquations
{
    // Pieces are dealt to this many partial sums, added in order at the end: as many threads can work, and the bits do not depend on how many do.
    private const int Partials = 8;
    private const int MostPartialAgents = 1000;
    private const int PieceValues = 2048;
    private const int Block = 4096;
    private const int SquareBlock = 32;

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
        ForEach((first, batch) => Parallel.For(0, IdealUpdate.Blocks(total.Values.Length, Block), parallel, block =>
        {
            int from = block * Block;
            int length = Math.Min(Block, total.Values.Length - from);
            for (int i = 0; i < batch.Length; i++)
            {
                Widening.Add(factor(batch[i]).Values.Slice(from, length), scalars[first + i], total.Values.AsSpan(from, length));
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
        DoubleMatrix h = target.Source.Batch >= agents && agents <= MostPartialAgents ? SquaresOfPieces(length, fill) : SquaresOfBlocks(length, fill);
        double scale = 1 / (target.Unit * target.Unit);
        for (int i = 0; i < agents; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                h[i, j] *= scale;
                h[j, i] = h[i, j];
            }
        }

        return h;
    }

    private DoubleMatrix SquaresOfPieces(int length, FillRow fill)
    {
        int step = Math.Max(1, PieceValues / rank);
        int pieces = IdealUpdate.Blocks(length, step);
        var partials = new DoubleMatrix[Partials];
        var loaded = new LoraFactors[agents];
        ForEach((first, batch) => batch.CopyTo(loaded, first));
        Parallel.For(0, Partials, parallel, index =>
        {
            partials[index] = new DoubleMatrix(agents, agents);
            var part = new Matrix(agents, agents);
            var x = new Matrix(agents, step * rank);
            for (int piece = index; piece < pieces; piece += Partials)
            {
                int from = piece * step;
                int count = Math.Min(step, length - from);
                for (int u = 0; u < agents; u++)
                {
                    fill(loaded[u], from, count, x.Row(u)[..(count * rank)]);
                }

                AddSquare(x.Values, x.Columns, count * rank, part, partials[index], threads: 1);
            }
        });

        for (int index = 1; index < Partials; index++)
        {
            for (int i = 0; i < partials[0].Values.Length; i++)
            {
                partials[0].Values[i] += partials[index].Values[i];
            }
        }

        return partials[0];
    }

    private DoubleMatrix SquaresOfBlocks(int length, FillRow fill)
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
                AddSquare(x.Values[column..], x.Columns, Math.Min(PieceValues, x.Columns - column), part, h, target.Threads);
            }
        }

        return h;
    }

    // The lower triangle of X·Xᵀ in row blocks, each up to its last row's diagonal.
    private void AddSquare(ReadOnlySpan<float> x, int stride, int columns, Matrix part, DoubleMatrix h, int threads)
    {
        for (int top = 0; top < agents; top += SquareBlock)
        {
            int rows = Math.Min(SquareBlock, agents - top);
            int width = top + rows;
            MatrixProduct.Multiply(
                rows, width, columns, x[(top * stride)..], stride, false, x, stride, true, part.Values[(top * agents)..], agents, threads: threads);
            for (int i = top; i < width; i++)
            {
                Widening.Add(part.Row(i)[..width], 1, h.Row(i));
            }
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
