using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Orthonormal rows spanning the rows of a wide single-precision matrix, by its Gram matrix.</summary>
internal static class RowBasis
{
    // Directions 1e-5 of the largest carry 1e-10 of the energy: below what single precision holds.
    private const double Smallest = 1e-10;

    // How much more of the rounding a mixed row may carry than the rows it was mixed from: 300 · 6e-8 is 2e-5 of the largest singular value,
    // where what lies outside the space is more than 1/300 of it.
    private const double MostMagnified = 300;

    // A mix that magnifies less leaves rows orthonormal to some 1e-6 by itself.
    private const double Harmless = 10;

    /// <summary>Q [m × n], m ≤ l, of X [l × n]; directions that are rounding only are dropped.</summary>
    /// <remarks>
    /// Gram matrix in double precision, and a second time where X is badly conditioned: that pass repairs what rounding lost in the first
    /// (CholeskyQR2, Yamamoto et al. 2015).
    /// </remarks>
    public static VectorBlock Of(VectorBlock x, int threads)
    {
        if (x.Count == 0)
        {
            return new VectorBlock(new Matrix(0, x.Rows.Columns));
        }

        (VectorBlock first, double magnified) = Once(x, threads);
        if (magnified <= Harmless || first.Count == 0)
        {
            return first;
        }

        VectorBlock second = Once(first, threads).Basis;
        first.Release();
        return second;
    }

    private static (VectorBlock Basis, double Magnified) Once(VectorBlock x, int threads)
    {
        DoubleMatrix gram = x.GramOfRows(threads);
        return Triangular(gram) is var (mix, magnified)
            ? (x.Mixed(mix, keepProjections: true, threads), magnified)
            : (x.Mixed(Whitening(gram), keepProjections: false, threads), double.PositiveInfinity);
    }

    // L⁻¹·D⁻¹ for X = D·(rows of unit length) and L·Lᵀ their angles; null where the rows are too near to dependent, or too unequal.
    private static (Matrix Mix, double Magnified)? Triangular(DoubleMatrix gram)
    {
        int n = gram.Rows;
        double[] lengths = [.. Enumerable.Range(0, n).Select(i => Math.Sqrt(gram[i, i]))];
        if (!(lengths.Min() > Math.Sqrt(Smallest) * lengths.Max()))
        {
            return null;
        }

        var angles = new DoubleMatrix(n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                angles[i, j] = gram[i, j] / (lengths[i] * lengths[j]);
            }
        }

        if (Cholesky.Factor(angles) is not { } lower)
        {
            return null;
        }

        DoubleMatrix inverse = Cholesky.Inverse(lower);
        var mix = new Matrix(n, n);
        double magnified = 0;
        for (int i = 0; i < n; i++)
        {
            double squares = 0;
            for (int j = 0; j <= i; j++)
            {
                squares += inverse[i, j] * inverse[i, j];
                mix[i, j] = (float)(inverse[i, j] / lengths[j]);
            }

            magnified = Math.Max(magnified, Math.Sqrt(squares));
        }

        return magnified <= MostMagnified ? (mix, magnified) : null;
    }

    private static Matrix Whitening(DoubleMatrix gram)
    {
        SingularValues eigen = SingularValues.Of(gram);
        int kept = eigen.Sigma.Count(value => value > Smallest * eigen.Sigma[0]);
        var mix = new Matrix(kept, gram.Rows);
        for (int i = 0; i < kept; i++)
        {
            for (int j = 0; j < gram.Rows; j++)
            {
                mix[i, j] = (float)(eigen.U[j, i] / Math.Sqrt(eigen.Sigma[i]));
            }
        }

        return mix;
    }
}
