using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Matrices.Kernels;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Transposed copies of matrices.</summary>
internal static class Transposition
{
    private const int Tile = 32;
    private const int Four = 4;

    /// <summary>The transposed matrix, from the pool.</summary>
    public static Matrix Of(Matrix source)
    {
        Matrix result = MatrixPool.Rent(source.Columns, source.Rows);
        Into(source.Values, source.Rows, source.Columns, result.Values, source.Rows);
        return result;
    }

    /// <summary>Writes the transposed matrix, or adds it to what is there.</summary>
    /// <param name="source">[rows × columns] without gaps.</param>
    /// <param name="target">[columns × rows], rows <paramref name="targetStride"/> apart.</param>
    /// <exception cref="ArgumentOutOfRangeException">A matrix does not lie within its values.</exception>
    public static unsafe void Into(ReadOnlySpan<float> source, int rows, int columns, Span<float> target, int targetStride, bool add = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, (long)rows * columns, nameof(source));
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, ((columns - 1L) * targetStride) + rows, nameof(target));
        int wholeRows = rows / Four * Four;
        int wholeColumns = columns / Four * Four;
        fixed (float* from = source, to = target)
        {
            for (int top = 0; top < wholeRows; top += Tile)
            {
                for (int left = 0; left < wholeColumns; left += Tile)
                {
                    for (int i = top; i < Math.Min(top + Tile, wholeRows); i += Four)
                    {
                        for (int j = left; j < Math.Min(left + Tile, wholeColumns); j += Four)
                        {
                            Quad.Transpose(from + ((nint)i * columns) + j, columns, to + ((nint)j * targetStride) + i, targetStride, add);
                        }
                    }
                }
            }
        }

        for (int i = 0; i < rows; i++)
        {
            for (int j = i < wholeRows ? wholeColumns : 0; j < columns; j++)
            {
                ref float value = ref target[(j * targetStride) + i];
                value = add ? value + source[(i * columns) + j] : source[(i * columns) + j];
            }
        }
    }
}
