using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace EdgeFlora.Aggregation.Algebra;

/// <summary>The singular value decomposition M = U·diag(σ)·Vᵀ, σ falling, of a small matrix.</summary>
/// <param name="U">[m × n], orthonormal columns; for a zero σ they complete the basis or are zero.</param>
/// <param name="Sigma">n = min(m, columns of M) values, largest first.</param>
/// <param name="Vt">[n × columns of M], orthonormal rows where σ &gt; 0, zero rows where σ = 0.</param>
/// <remarks>
/// One-sided Jacobi (Hestenes 1958): rows are rotated in pairs until all are orthogonal. It gives small singular values to high relative accuracy,
/// and its order of operations is fixed, so the same input gives the same bits.
/// </remarks>
internal sealed record SingularValues(DoubleMatrix U, double[] Sigma, DoubleMatrix Vt)
{
    // Rotations below this angle change nothing that double precision could show.
    private const double Threshold = 1e-15;
    private const int MaxSweeps = 60;

    public static SingularValues Of(DoubleMatrix matrix)
    {
        if (matrix.Rows > matrix.Columns)
        {
            SingularValues transposed = Of(matrix.Transpose());
            return new SingularValues(transposed.Vt.Transpose(), transposed.Sigma, transposed.U.Transpose());
        }

        if (matrix.Rows == 0)
        {
            return new SingularValues(new DoubleMatrix(0, 0), [], new DoubleMatrix(0, matrix.Columns));
        }

        DoubleMatrix rows = matrix.Clone();
        double largest = TensorPrimitives.MaxMagnitude<double>(rows.Values);
        // Squares of values far from 1 would leave the range of double.
        double scale = largest == 0 || double.IsInfinity(1 / largest) ? 1 : Math.Abs(1 / largest);
        TensorPrimitives.Multiply(rows.Values, scale, rows.Values);
        DoubleMatrix rotation = DoubleMatrix.Identity(matrix.Rows);
        for (int sweep = 0; sweep < MaxSweeps && RotateAll(rows, rotation); sweep++)
        {
        }

        return Sorted(rows, rotation, scale);
    }

    private static bool RotateAll(DoubleMatrix rows, DoubleMatrix rotation)
    {
        bool rotated = false;
        for (int i = 0; i < rows.Rows; i++)
        {
            for (int j = i + 1; j < rows.Rows; j++)
            {
                Span<double> x = rows.Row(i);
                Span<double> y = rows.Row(j);
                double xx = TensorPrimitives.SumOfSquares<double>(x);
                double yy = TensorPrimitives.SumOfSquares<double>(y);
                double xy = TensorPrimitives.Dot<double>(x, y);
                if (Math.Abs(xy) <= Threshold * Math.Sqrt(xx * yy) || xy == 0)
                {
                    continue;
                }

                double zeta = (yy - xx) / (2 * xy);
                double tangent = (zeta >= 0 ? 1 : -1) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
                double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
                Rotate(x, y, cosine, cosine * tangent);
                Rotate(rotation.Row(i), rotation.Row(j), cosine, cosine * tangent);
                rotated = true;
            }
        }

        return rotated;
    }

    private static void Rotate(Span<double> x, Span<double> y, double cosine, double sine)
    {
        Span<Vector<double>> xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        Span<Vector<double>> ys = MemoryMarshal.Cast<double, Vector<double>>(y);
        for (int i = 0; i < xs.Length; i++)
        {
            Vector<double> xi = xs[i];
            Vector<double> yi = ys[i];
            xs[i] = (cosine * xi) - (sine * yi);
            ys[i] = (sine * xi) + (cosine * yi);
        }

        for (int i = xs.Length * Vector<double>.Count; i < x.Length; i++)
        {
            double xi = x[i];
            double yi = y[i];
            x[i] = (cosine * xi) - (sine * yi);
            y[i] = (sine * xi) + (cosine * yi);
        }
    }

    private static SingularValues Sorted(DoubleMatrix rows, DoubleMatrix rotation, double scale)
    {
        int count = rows.Rows;
        double[] lengths = new double[count];
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
        {
            lengths[i] = TensorPrimitives.Norm<double>(rows.Row(i));
            order[i] = i;
        }

        Array.Sort(order, (x, y) => lengths[x] != lengths[y] ? lengths[y].CompareTo(lengths[x]) : x.CompareTo(y));
        var u = new DoubleMatrix(count, count);
        var vt = new DoubleMatrix(count, rows.Columns);
        double[] sigma = new double[count];
        for (int i = 0; i < count; i++)
        {
            int from = order[i];
            sigma[i] = lengths[from] / scale;
            for (int j = 0; j < count; j++)
            {
                u[j, i] = rotation[from, j];
            }

            if (lengths[from] > 0)
            {
                TensorPrimitives.Divide(rows.Row(from), lengths[from], vt.Row(i));
            }
        }

        return new SingularValues(u, sigma, vt);
    }
}
