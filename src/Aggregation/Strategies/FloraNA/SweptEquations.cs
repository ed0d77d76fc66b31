using System.Buffers;
using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Blocks;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>
/// The normal equations of agents in memory, each half step one reading of either factor: H = X·Xᵀ with Xᵤ = vec(Lᵀ·Fᵤ) and L·Lᵀ the Gram matrix of
/// the held mean.
/// </summary>
/// <remarks>
/// U²·length·r multiply-adds for H, 4U·r²·(outputs + inputs) for c, where F is A or Bᵀ, the factor that is free. Memory is a block a thread and at
/// most eight H [U × U]. Products in single precision within a block, sums over blocks in double.
/// </remarks>
internal sealed class SweptEquations : INormalEquations
{
    private readonly IdealUpdate target;
    private readonly int rank;
    private readonly RowsOfA ofA;
    private readonly RowsOfB ofB;

    /// <param name="target">A source in memory.</param>
    /// <param name="rank">To which all entries are padded.</param>
    public SweptEquations(IdealUpdate target, int rank)
    {
        (this.target, this.rank) = (target, rank);
        var entries = new LoraFactors[target.Source.Count];
        target.ForEachBatch((first, batch) =>
        {
            for (int i = 0; i < batch.Length; i++)
            {
                entries[first + i] = Padding.ToRank(batch[i], rank);
            }
        });
        (ofA, ofB) = (new RowsOfA(entries), new RowsOfB(entries));
    }

    public INormalSystem ForQ(double[] p) => System(p, ofB, ofA);

    public INormalSystem ForP(double[] q) => System(q, ofA, ofB);

    // With M = Σ xᵤGᵤ of the held factor G: c_v = ⟨F_v, Σ cᵤ·(Gᵤ·Mᵀ)ᵀ·Fᵤ⟩ and H_{uv} = ⟨Fᵤ, M·Mᵀ·F_v⟩.
    private DenseSystem System(double[] scalars, FactorRows held, FactorRows free)
    {
        Matrix mean = MatrixPool.Rent(rank, held.Length);
        Matrix images = new FactorSweep(held, rank, target.Threads).Sum([.. scalars.Select(x => (float)x)], mean);
        DoubleMatrix gram = Gram.OfRows(mean, target.Threads);
        double unit = SymmetricProduct.UnitFor(gram, target.Unit);
        Matrix root = SymmetricProduct.Root(gram, unit);
        Scale(images);

        int agents = free.EntryCount;
        var sweep = new FactorSweep(free, rank + (2 * agents * agents / free.Count), target.Threads);
        DoubleMatrix[] squares = [.. Enumerable.Range(0, sweep.Slices).Select(_ => new DoubleMatrix(agents, agents))];
        Matrix sum = MatrixPool.Rent(rank, free.Length);
        Matrix along =
            sweep.Combine(images, sum, add: false, rank, (slice, block, columns) => AddSquares(free, block, columns, root, squares[slice]))!;
        double[] c = [.. Enumerable.Range(0, agents).Select(u => Trace(along, free.FirstRow(u)) / target.Unit)];
        for (int slice = 1; slice < squares.Length; slice++)
        {
            TensorPrimitives.Add(squares[0].Values, squares[slice].Values, squares[0].Values);
        }

        SymmetricProduct.Complete(squares[0], 1 / (unit * unit));
        MatrixPool.Return(mean);
        MatrixPool.Return(images);
        MatrixPool.Return(sum);
        MatrixPool.Return(along);
        return new DenseSystem(squares[0], c);
    }

    private void AddSquares(FactorRows free, ReadOnlySpan<float> block, int columns, Matrix root, DoubleMatrix h)
    {
        int agents = free.EntryCount;
        int each = rank * columns;
        float[] turned = ArrayPool<float>.Shared.Rent(agents * each);
        for (int u = 0; u < agents; u++)
        {
            free.Turn(block, columns, u, root.Values, turned.AsSpan(u * each, each));
        }

        Matrix part = MatrixPool.Rent(agents, agents);
        SymmetricProduct.Add(turned, each, each, part, h, threads: 1);
        MatrixPool.Return(part);
        ArrayPool<float>.Shared.Return(turned);
    }

    private void Scale(Matrix images)
    {
        for (int u = 0; u < target.Coefficients.Length; u++)
        {
            double factor = target.Coefficients[u] * target.Unit;
            foreach (ref float value in images.Values.Slice(u * rank * rank, rank * rank))
            {
                value = (float)(value * factor);
            }
        }
    }

    private double Trace(Matrix projections, int firstRow)
    {
        double sum = 0;
        for (int i = 0; i < rank; i++)
        {
            sum += projections[firstRow + i, i];
        }

        return sum;
    }
}
