using System.Numerics.Tensors;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Gauges;

/// <summary>Orthonormal rows extended to a wanted number.</summary>
internal static class CompletedRows
{
    /// <summary>
    /// <paramref name="rows"/> [n × k] followed by orthonormal directions of <paramref name="reference"/> [m × k], and by unit vectors where these do
    /// not suffice.
    /// The rows are [count × k]; where count exceeds k the last ones repeat directions.
    /// </summary>
    public static DoubleMatrix Of(DoubleMatrix rows, int count, DoubleMatrix reference)
    {
        var result = new DoubleMatrix(count, rows.Columns);
        int size = Math.Min(rows.Rows, count);
        rows.Values.AsSpan(0, size * rows.Columns).CopyTo(result.Values);
        for (int i = 0; i < reference.Rows && size < count; i++)
        {
            reference.Row(i).CopyTo(result.Row(size));
            size += Orthogonalise(result, size) ? 1 : 0;
        }

        for (int i = 0; i < rows.Columns && size < count; i++)
        {
            result.Row(size).Clear();
            result[size, i] = 1;
            size += Orthogonalise(result, size) ? 1 : 0;
        }

        for (; size < count; size++)
        {
            result.Row(size % rows.Columns).CopyTo(result.Row(size));
        }

        return result;
    }

    // Makes row `index` orthogonal to those above it and of unit length; false if nothing of it is left.
    private static bool Orthogonalise(DoubleMatrix rows, int index)
    {
        Span<double> row = rows.Row(index);
        double before = TensorPrimitives.Norm<double>(row);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int j = 0; j < index; j++)
            {
                TensorPrimitives.MultiplyAdd(rows.Row(j), -TensorPrimitives.Dot<double>(row, rows.Row(j)), row, row);
            }
        }

        double left = TensorPrimitives.Norm<double>(row);
        if (!(left > 1e-6 * before))
        {
            return false;
        }

        TensorPrimitives.Divide(row, left, row);
        return true;
    }
}
