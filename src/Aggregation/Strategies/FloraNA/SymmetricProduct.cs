using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>Sums H = X·Xᵀ over pieces of X, of which only the lower triangle is computed.</summary>
internal static class SymmetricProduct
{
    private const int BlockRows = 48;

    /// <summary>
    /// Adds the product of one piece to the lower triangle of <paramref name="h"/> [n × n]: single precision within the piece, double over pieces.
    /// </summary>
    /// <param name="x">X [n × columns], rows <paramref name="stride"/> apart.</param>
    /// <param name="part">Working memory [n × n].</param>
    public static void Add(ReadOnlySpan<float> x, int stride, int columns, Matrix part, DoubleMatrix h, int threads)
    {
        int n = h.Rows;
        for (int top = 0; top < n; top += BlockRows)
        {
            int rows = Math.Min(BlockRows, n - top);
            int width = top + rows;
            MatrixProduct.Multiply(
                rows, width, columns, x[(top * stride)..], stride, false, x, stride, true, part.Values[(top * n)..], n, threads: threads);
            for (int i = top; i < width; i++)
            {
                Widening.Add(part.Row(i)[..(i + 1)], 1, h.Row(i));
            }
        }
    }

    /// <summary>Scales the lower triangle and copies it to the upper.</summary>
    public static void Complete(DoubleMatrix h, double scale)
    {
        for (int i = 0; i < h.Rows; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                h[i, j] *= scale;
                h[j, i] = h[i, j];
            }
        }
    }

    /// <summary>
    /// <paramref name="unit"/>, times a power of two where L·unit with L·Lᵀ = <paramref name="gram"/> would be so long or short that squares of
    /// products with it leave single precision.
    /// </summary>
    public static double UnitFor(DoubleMatrix gram, double unit)
    {
        const int Usual = 40;
        double length = Math.Sqrt(gram.Trace()) * unit;
        return length == 0 || Math.Abs(Math.ILogB(length)) <= Usual ? unit : Math.ScaleB(unit, -Math.ILogB(length));
    }

    /// <summary>unit·L with L·Lᵀ = <paramref name="gram"/>, so that products of tiny factors stay representable.</summary>
    public static Matrix Root(DoubleMatrix gram, double unit)
    {
        SingularValues eigen = SingularValues.Of(gram);
        var root = new Matrix(gram.Rows, gram.Rows);
        for (int i = 0; i < gram.Rows; i++)
        {
            for (int j = 0; j < gram.Rows; j++)
            {
                root[i, j] = (float)(eigen.U[i, j] * Math.Sqrt(eigen.Sigma[j]) * unit);
            }
        }

        return root;
    }
}
