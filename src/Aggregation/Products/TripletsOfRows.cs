using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Singular triplets of a product QᵀZ whose left factor has orthonormal rows, by the Gram matrix of Z.</summary>
internal sealed class TripletsOfRows
{
    // As RowBasis: eigenvalues of a Gram matrix below this are rounding of single precision.
    private const double Smallest = 1e-12;

    private readonly Matrix basis;
    private readonly Matrix image;
    private readonly SingularValues eigen;

    /// <param name="basis">Q [l × outputs], orthonormal rows.</param>
    /// <param name="image">Z [l × inputs]; T ≈ QᵀZ.</param>
    public TripletsOfRows(VectorBlock basis, VectorBlock image, int threads)
    {
        (this.basis, this.image) = (basis.Rows, image.Rows);
        eigen = SingularValues.Of(image.GramOfRows(threads));
        Count = basis.Count == 0 ? 0 : eigen.Sigma.Count(value => value > Smallest * eigen.Sigma[0]);
    }

    /// <summary>Triplets that are more than rounding.</summary>
    public int Count { get; }

    /// <summary>Σ σᵢ² of the first <paramref name="count"/>.</summary>
    public double Energy(int count) => eigen.Sigma.Take(Math.Min(count, Count)).Sum();

    public SingularTriplets All(int threads)
    {
        if (Count == 0)
        {
            return new SingularTriplets(new Matrix(0, basis.Columns), [], new Matrix(0, image.Columns));
        }

        double[] sigma = new double[Count];
        var mixLeft = new Matrix(Count, basis.Rows);
        var mixRight = new Matrix(Count, basis.Rows);
        for (int i = 0; i < Count; i++)
        {
            sigma[i] = Math.Sqrt(eigen.Sigma[i]);
            for (int j = 0; j < basis.Rows; j++)
            {
                mixLeft[i, j] = (float)eigen.U[j, i];
                mixRight[i, j] = (float)(eigen.U[j, i] / sigma[i]);
            }
        }

        Matrix left = MatrixPool.Rent(Count, basis.Columns);
        Matrix right = MatrixPool.Rent(Count, image.Columns);
        MatrixProduct.Multiply(mixLeft, false, basis, false, left, threads: threads);
        MatrixProduct.Multiply(mixRight, false, image, false, right, threads: threads);
        return new SingularTriplets(left, sigma, right);
    }
}
