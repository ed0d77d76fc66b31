using System.Numerics.Tensors;

namespace EdgeFlora.Aggregation.Algebra;

/// <summary>Cholesky factorisation of a symmetric positive definite matrix and solutions with it.</summary>
internal static class Cholesky
{
    /// <summary>
    /// The lower triangle L with L·Lᵀ = <paramref name="matrix"/> [n×n], or null where a pivot is not positive: the matrix is singular to working
    /// precision.
    /// </summary>
    public static DoubleMatrix? Factor(DoubleMatrix matrix)
    {
        int n = matrix.Rows;
        var lower = new DoubleMatrix(n, n);
        for (int i = 0; i < n; i++)
        {
            Span<double> rowI = lower.Row(i);
            for (int j = 0; j <= i; j++)
            {
                Span<double> rowJ = lower.Row(j);
                double sum = matrix[i, j] - TensorPrimitives.Dot<double>(rowI[..j], rowJ[..j]);

                if (i == j)
                {
                    if (!(sum > 0) || !double.IsFinite(sum))
                    {
                        return null;
                    }

                    rowI[i] = Math.Sqrt(sum);
                }
                else
                {
                    rowI[j] = sum / rowJ[j];
                }
            }
        }

        return lower;
    }

    /// <summary>Solves L·Lᵀ·x = <paramref name="rightHandSide"/> in place.</summary>
    public static void Solve(DoubleMatrix lower, Span<double> rightHandSide)
    {
        int n = lower.Rows;
        for (int i = 0; i < n; i++)
        {
            double sum = rightHandSide[i];
            for (int k = 0; k < i; k++)
            {
                sum -= lower[i, k] * rightHandSide[k];
            }

            rightHandSide[i] = sum / lower[i, i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            double sum = rightHandSide[i];
            for (int k = i + 1; k < n; k++)
            {
                sum -= lower[k, i] * rightHandSide[k];
            }

            rightHandSide[i] = sum / lower[i, i];
        }
    }

    /// <summary>L⁻¹ of a lower triangle with positive diagonal.</summary>
    public static DoubleMatrix Inverse(DoubleMatrix lower)
    {
        int n = lower.Rows;
        var inverse = new DoubleMatrix(n, n);
        for (int i = 0; i < n; i++)
        {
            inverse[i, i] = 1;
            for (int k = 0; k < i; k++)
            {
                TensorPrimitives.MultiplyAdd(inverse.Row(k)[..i], -lower[i, k], inverse.Row(i)[..i], inverse.Row(i)[..i]);
            }

            TensorPrimitives.Divide(inverse.Row(i)[..(i + 1)], lower[i, i], inverse.Row(i)[..(i + 1)]);
        }

        return inverse;
    }

    /// <summary>
    /// Solves (H + μI)·x = c + μ·previous with μ = <paramref name="ridge"/>·trace(H)/n: least squares pulled towards the previous iterate.
    /// </summary>
    /// <remarks>
    /// The pull is proximal: it keeps the descent monotone and leaves the coordinates that H does not see where they were (identical agents, zero
    /// factors). A pivot lost to rounding doubles the digits of μ until the factorisation holds.
    /// </remarks>
    public static double[] SolveProximal(DoubleMatrix h, ReadOnlySpan<double> c, ReadOnlySpan<double> previous, double ridge)
    {
        int n = h.Rows;
        double mean = h.Trace() / n;
        if (!(mean > 0))
        {
            return previous.ToArray();
        }

        for (double strength = ridge; strength < 1; strength *= 100)
        {
            double mu = strength * mean;
            DoubleMatrix shifted = h.Clone();
            double[] x = new double[n];
            for (int i = 0; i < n; i++)
            {
                shifted[i, i] += mu;
                x[i] = c[i] + (mu * previous[i]);
            }

            if (Factor(shifted) is { } lower)
            {
                Solve(lower, x);
                return x;
            }
        }

        return previous.ToArray();
    }
}
