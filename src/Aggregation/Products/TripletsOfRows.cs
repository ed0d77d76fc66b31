using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Singular triplets of a product QᵀZ whose left factor has orthonormal rows.</summary>
internal static class TripletsOfRows
{
    // As RowBasis: eigenvalues of a Gram matrix below this are rounding of single precision.
    private const double Smallest = 1e-12;

    /// <param name="basis">Q [l × outputs], orthonormal rows.</param>
    /// <param name="image">Z [l × inputs]; T ≈ QᵀZ.</param>
    /// <param name="count">Most triplets wanted.</param>
    public static SingularTriplets Of(Matrix basis, Matrix image, int count, int threads)
    {
        if (basis.Rows == 0)
        {
            return new SingularTriplets(basis, [], image);
        }

        SingularValues eigen = SingularValues.Of(Gram.OfRows(image));
        int kept = Math.Min(count, eigen.Sigma.Count(value => value > Smallest * eigen.Sigma[0]));
        double[] sigma = new double[kept];
        var mixLeft = new Matrix(kept, basis.Rows);
        var mixRight = new Matrix(kept, basis.Rows);
        for (int i = 0; i < kept; i++)
        {
            sigma[i] = Math.Sqrt(eigen.Sigma[i]);
            for (int j = 0; j < basis.Rows; j++)
            {
                mixLeft[i, j] = (float)eigen.U[j, i];
                mixRight[i, j] = (float)(eigen.U[j, i] / sigma[i]);
            }
        }

        var left = new Matrix(kept, basis.Columns);
        var right = new Matrix(kept, image.Columns);
        MatrixProduct.Multiply(mixLeft, false, basis, false, left, threads: threads);
        MatrixProduct.Multiply(mixRight, false, image, false, right, threads: threads);
        return new SingularTriplets(left, sigma, right);
    }
}
