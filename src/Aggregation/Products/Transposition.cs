using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Transposed copies of matrices.</summary>
internal static class Transposition
{
    private const int Tile = 32;

    /// <summary>The transposed matrix, from the pool.</summary>
    public static Matrix Of(Matrix source)
    {
        int rows = source.Rows;
        int columns = source.Columns;
        Matrix result = MatrixPool.Rent(columns, rows);
        ReadOnlySpan<float> from = source.Values;
        Span<float> to = result.Values;
        for (int top = 0; top < rows; top += Tile)
        {
            for (int left = 0; left < columns; left += Tile)
            {
                for (int i = top; i < Math.Min(top + Tile, rows); i++)
                {
                    for (int j = left; j < Math.Min(left + Tile, columns); j++)
                    {
                        to[(j * rows) + i] = from[(i * columns) + j];
                    }
                }
            }
        }

        return result;
    }
}
