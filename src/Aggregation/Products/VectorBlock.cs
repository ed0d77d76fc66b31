using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Vectors, one a row, and what a map found out about them while it made them.</summary>
/// <param name="Rows">[l × n].</param>
/// <param name="Projections">
/// Inner products of the factors' rows with the vectors [Σr × l], which spare the next product a reading; null where they are not known.
/// </param>
internal sealed record VectorBlock(Matrix Rows, Matrix? Projections = null)
{
    private DoubleMatrix? gram;

    public int Count => Rows.Rows;

    /// <summary>Rows·Rowsᵀ [l × l], computed once.</summary>
    public DoubleMatrix GramOfRows(int threads) => gram ??= Gram.OfRows(Rows, threads);

    /// <summary>M·rows, and the projections with them.</summary>
    /// <param name="mix">M [m × l].</param>
    /// <param name="keepProjections">False where mixing would magnify the rounding in them.</param>
    public VectorBlock Mixed(Matrix mix, bool keepProjections, int threads)
    {
        Matrix rows = MatrixPool.Rent(mix.Rows, Rows.Columns);
        MatrixProduct.Multiply(mix, false, Rows, false, rows, threads: threads);
        if (!keepProjections || Projections is null)
        {
            return new VectorBlock(rows);
        }

        Matrix projections = MatrixPool.Rent(Projections.Rows, mix.Rows);
        MatrixProduct.Multiply(Projections, false, mix, true, projections, threads: threads);
        return new VectorBlock(rows, projections);
    }

    /// <summary>
    /// A copy of the first <paramref name="count"/> vectors. The projections become its own if they are of just these: then only <see cref="Rows"/>
    /// of this block are to be released.
    /// </summary>
    public VectorBlock First(int count)
    {
        Matrix rows = MatrixPool.Rent(count, Rows.Columns);
        Rows.Values[..rows.Values.Length].CopyTo(rows.Values);
        return new VectorBlock(rows, Projections?.Columns == count ? Projections : null);
    }

    /// <summary>Gives the memory back; nobody may read the block afterwards.</summary>
    public void Release()
    {
        MatrixPool.Return(Rows);
        MatrixPool.Return(Projections);
    }
}
