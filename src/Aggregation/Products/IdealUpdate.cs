using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products.Blocks;

namespace EdgeFlora.Aggregation.Products;

/// <summary>The ideal update T = Σᵤ cᵤ·Bᵤ·Aᵤ of one module, never formed: it is known by what it does to vectors.</summary>
/// <remarks>
/// Agents are summed in the order of the source in blocks that depend on the shape alone, so the bits do not depend on the number of threads.
/// Coefficients may be negative (a stale start that is taken away) and carry the ratio of the agent's scale to the published one.
/// </remarks>
internal sealed class IdealUpdate(IFactorSource source, double[] coefficients, int threads, double unit = 1) : ILinearMap
{
    public IFactorSource Source { get; } = source;

    /// <summary>cᵤ, one for each entry of the source.</summary>
    public double[] Coefficients { get; } = coefficients;

    public int Threads { get; } = threads;

    public int Outputs => Source.Outputs;

    public int Inputs => Source.Inputs;

    /// <summary>
    /// Factor by which the map is smaller than T, chosen so that single precision neither over- nor underflows: <c>Apply</c> gives unit·T·x.
    /// </summary>
    public double Unit { get; } = unit;

    /// <summary>Whether all entries may be held at once.</summary>
    public bool IsResident => Source.Batch >= Source.Count;

    /// <summary>Σᵤ rᵤ, the most rank T can have.</summary>
    public int TotalRank => Enumerable.Range(0, Source.Count).Sum(Source.RankOf);

    public VectorBlock Apply(VectorBlock vectors, int ahead = 0) =>
        Through(vectors, Outputs, ahead, factors => new RowsOfA(factors), factors => new RowsOfB(factors));

    public VectorBlock ApplyTransposed(VectorBlock vectors, int ahead = 0) =>
        Through(vectors, Inputs, ahead, factors => new RowsOfB(factors), factors => new RowsOfA(factors));

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

    // The images Σ cᵤ·Fᵤᵀ·(Gᵤ·x) with G the factor that meets the vectors and F the other. What the images' own projections would be is known
    // only when all entries have been added, so looking ahead takes a source that is loaded as a whole.
    private VectorBlock Through(VectorBlock vectors, int length, int ahead, Func<LoraFactors[], FactorRows> near, Func<LoraFactors[], FactorRows> far)
    {
        int width = vectors.Count;
        int looking = IsResident ? ahead : 0;
        Matrix sum = MatrixPool.Rent(width, length);
        Matrix? projections = null;
        ForEachBatch((first, batch) =>
        {
            Matrix inner = vectors.Projections ?? near(batch).Project(vectors.Rows, Threads);
            FactorRows rows = far(batch);
            Matrix scaled = Scaled(inner, rows, first, batch.Length);
            projections = new FactorSweep(rows, looking, Threads).Combine(scaled, sum, add: first > 0, looking);
            MatrixPool.Return(scaled);
            MatrixPool.Return(ReferenceEquals(inner, vectors.Projections) ? null : inner);
        });
        return new VectorBlock(sum, projections);
    }

    private Matrix Scaled(Matrix inner, FactorRows rows, int first, int count)
    {
        Matrix scaled = MatrixPool.Rent(inner.Rows, inner.Columns);
        for (int i = 0; i < count; i++)
        {
            double factor = Coefficients[first + i] * Unit;
            Range entry = (rows.FirstRow(i) * inner.Columns)..(rows.FirstRow(i + 1) * inner.Columns);
            Widening.Scale(inner.Values[entry], factor, scaled.Values[entry]);
        }

        return scaled;
    }
}
