using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Matrices for intermediate results, used again by shape: fresh memory costs several times what is computed in it.</summary>
/// <remarks>What is not given back is the collector's. A merge clears the pool when it ends.</remarks>
internal static class MatrixPool
{
    private const long MostBytes = 128L << 20;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<(int Rows, int Columns), Stack<Matrix>> Kept = [];
    private static long bytes;

    /// <summary>A matrix whose values are left over from earlier use.</summary>
    public static Matrix Rent(int rows, int columns)
    {
        lock (Gate)
        {
            if (Kept.TryGetValue((rows, columns), out Stack<Matrix>? stack) && stack.TryPop(out Matrix? matrix))
            {
                bytes -= Size(matrix);
                return matrix;
            }
        }

        return new Matrix(rows, columns);
    }

    /// <summary>Takes a matrix back that nobody reads or writes any more.</summary>
    public static void Return(Matrix? matrix)
    {
        if (matrix is null)
        {
            return;
        }

        lock (Gate)
        {
            if (bytes + Size(matrix) > MostBytes)
            {
                return;
            }

            if (!Kept.TryGetValue((matrix.Rows, matrix.Columns), out Stack<Matrix>? stack))
            {
                Kept.Add((matrix.Rows, matrix.Columns), stack = []);
            }

            stack.Push(matrix);
            bytes += Size(matrix);
        }
    }

    public static void Clear()
    {
        lock (Gate)
        {
            Kept.Clear();
            bytes = 0;
        }
    }

    private static long Size(Matrix matrix) => (long)sizeof(float) * matrix.Rows * matrix.Columns;
}
