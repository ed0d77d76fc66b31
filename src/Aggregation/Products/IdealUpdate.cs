using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>The ideal update T = Σᵤ cᵤ·Bᵤ·Aᵤ of one module, never formed: it is known by what it does to vectors.</summary>
/// <remarks>
/// Agents are summed in the order of the source and blocks have a fixed size, so the bits depend on neither the number of threads nor the size of a batch.
/// Coefficients may be negative (a stale start that is taken away) and carry the ratio of the agent's scale to the published one.
/// </remarks>
internal sealed class IdealUpdate(IFactorSource source, double[] coefficients, int threads, double unit = 1) : ILinearMap
{
    // Large enough that a block's products take microseconds each, small enough that a dozen threads find work in a wide module.
    private const int BlockRows = 1024;
    private const int BlockColumns = 2048;

    private readonly ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads };

    public IFactorSource Source { get; } = source;

    /// <summary>cᵤ, one for each entry of the source.</summary>
    public double[] Coefficients { get; } = coefficients;

    public int Threads { get; } = threads;

    public int Outputs => Source.Outputs;

    public int Inputs => Source.Inputs;

    /// <summary>Factor by which the map is smaller than T, chosen so that single precision neither over- nor underflows: <c>Apply</c> gives unit·T·x.</summary>
    public double Unit { get; } = unit;

    /// <summary>Σᵤ rᵤ, the most rank T can have.</summary>
    public int TotalRank => Enumerable.Range(0, Source.Count).Sum(Source.RankOf);

    public Matrix Apply(Matrix vectors)
    {
        int width = vectors.Rows;
        // One vector a column: the kernels then read both operands as they lie.
        Matrix columns = Transposition.Of(vectors);
        var sum = new Matrix(Outputs, width);
        ForEachBatch((first, batch) =>
        {
            Matrix[] inner = new Matrix[batch.Length];
            Parallel.For(0, batch.Length, parallel, i =>
            {
                LoraFactors factors = batch[i];
                inner[i] = new Matrix(factors.Rank, width);
                MatrixProduct.Multiply(factors.A, false, columns, false, inner[i]);
                Scale(inner[i], Coefficients[first + i] * Unit);
            });
            Parallel.For(0, Blocks(Outputs, BlockRows), parallel, block =>
            {
                int from = block * BlockRows;
                int rows = Math.Min(BlockRows, Outputs - from);
                Span<float> target = sum.Values.Slice(from * width, rows * width);
                for (int i = 0; i < batch.Length; i++)
                {
                    int rank = batch[i].Rank;
                    MatrixProduct.Multiply(
                        rows, width, rank, batch[i].B.Values.Slice(from * rank, rows * rank), rank, false, inner[i].Values, width, false, target, width, accumulate: true);
                }
            });
        });

        return Transposition.Of(sum);
    }

    public Matrix ApplyTransposed(Matrix vectors)
    {
        int width = vectors.Rows;
        Matrix rows = Transposition.Of(vectors);
        var sum = new Matrix(width, Inputs);
        ForEachBatch((first, batch) =>
        {
            Matrix[] inner = new Matrix[batch.Length];
            Parallel.For(0, batch.Length, parallel, i =>
            {
                LoraFactors factors = batch[i];
                inner[i] = new Matrix(factors.Rank, width);
                MatrixProduct.Multiply(factors.B, true, rows, false, inner[i]);
                Scale(inner[i], Coefficients[first + i] * Unit);
            });
            Parallel.For(0, Blocks(Inputs, BlockColumns), parallel, block =>
            {
                int from = block * BlockColumns;
                int columns = Math.Min(BlockColumns, Inputs - from);
                for (int i = 0; i < batch.Length; i++)
                {
                    int rank = batch[i].Rank;
                    MatrixProduct.Multiply(
                        width, columns, rank, inner[i].Values, width, true, batch[i].A.Values[from..], Inputs, false, sum.Values[from..], Inputs, accumulate: true);
                }
            });
        });

        return sum;
    }

    /// <summary>Calls <paramref name="visit"/> with the index of the first and the factors of each batch, in order.</summary>
    public void ForEachBatch(Action<int, LoraFactors[]> visit)
    {
        for (int first = 0; first < Source.Count; first += Source.Batch)
        {
            LoraFactors[] batch = new LoraFactors[Math.Min(Source.Batch, Source.Count - first)];
            for (int i = 0; i < batch.Length; i++)
            {
                batch[i] = Source.Load(first + i);
            }

            visit(first, batch);
        }
    }

    /// <summary>The same products under other coefficients.</summary>
    public IdealUpdate With(double[] others) => new(Source, others, Threads, Unit);

    internal static int Blocks(int length, int size) => (length + size - 1) / size;

    private static void Scale(Matrix matrix, double factor)
    {
        foreach (ref float value in matrix.Values)
        {
            value = (float)(value * factor);
        }
    }
}
