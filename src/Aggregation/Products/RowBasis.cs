using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Orthonormal rows spanning the rows of a wide single-precision matrix, by its Gram matrix.</summary>
internal static class RowBasis
{
    // Directions 1e-5 of the largest carry 1e-10 of the energy: below what single precision holds.
    private const double Smallest = 1e-10;

    /// <summary>Q [m × n], m ≤ l, of X [l × n]; directions that are rounding only are dropped.</summary>
    /// <remarks>Gram matrix in double precision, twice: the second pass repairs what a badly conditioned X lost in the first (CholeskyQR2, Yamamoto et al. 2015).</remarks>
    public static Matrix Of(Matrix x, int threads) => Once(Once(x, threads), threads);

    private static Matrix Once(Matrix x, int threads)
    {
        if (x.Rows == 0)
        {
            return x;
        }

        SingularValues eigen = SingularValues.Of(Gram.OfRows(x));
        int kept = eigen.Sigma.Count(value => value > Smallest * eigen.Sigma[0]);
        var mix = new Matrix(kept, x.Rows);
        for (int i = 0; i < kept; i++)
        {
            for (int j = 0; j < x.Rows; j++)
            {
                mix[i, j] = (float)(eigen.U[j, i] / Math.Sqrt(eigen.Sigma[i]));
            }
        }

        var basis = new Matrix(kept, x.Columns);
        MatrixProduct.Multiply(mix, false, x, false, basis, threads: threads);
        return basis;
    }
}
