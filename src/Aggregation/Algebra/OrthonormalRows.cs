using System.Numerics.Tensors;

namespace EdgeFlora.Aggregation.Algebra;

/// <summary>Orthonormal rows Q [m × n] that span the rows of a matrix X [x × n], with the coefficients R [x × m]: X = R·Q.</summary>
/// <remarks>
/// Gram–Schmidt with a second pass ("twice is enough", Giraud et al. 2005). Rows that depend on earlier ones add no basis vector, so m ≤ min(x, n).
/// </remarks>
internal sealed record OrthonormalRows(DoubleMatrix Q, DoubleMatrix R)
{
    // What is left of a row after projection counts as rounding below this fraction of its length.
    private const double Dependent = 1e-13;

    public static OrthonormalRows Of(DoubleMatrix matrix)
    {
        int limit = Math.Min(matrix.Rows, matrix.Columns);
        var basis = new DoubleMatrix(limit, matrix.Columns);
        var coefficients = new DoubleMatrix(matrix.Rows, limit);
        double[] rest = new double[matrix.Columns];
        int size = 0;
        for (int i = 0; i < matrix.Rows; i++)
        {
            matrix.Row(i).CopyTo(rest);
            double length = TensorPrimitives.Norm<double>(rest);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j < size; j++)
                {
                    double along = TensorPrimitives.Dot<double>(rest, basis.Row(j));
                    TensorPrimitives.MultiplyAdd(basis.Row(j), -along, rest, rest);
                    coefficients[i, j] += along;
                }
            }

            double left = TensorPrimitives.Norm<double>(rest);
            if (size < limit && left > Dependent * length)
            {
                TensorPrimitives.Divide(rest, left, basis.Row(size));
                coefficients[i, size] = left;
                size++;
            }
        }

        return new OrthonormalRows(
            basis.FirstRows(size),
            coefficients.FirstColumns(size));
    }
}
