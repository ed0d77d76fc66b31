using System.Numerics.Tensors;

namespace EdgeFlora.Learning.Kernels;

/// <summary>What linear layers and norms do to all rows of a matrix alike.</summary>
internal static class RowKernels
{
    /// <summary>Sets every row of <paramref name="matrix"/> [rows × columns] to <paramref name="row"/> [columns].</summary>
    public static void Fill(ReadOnlySpan<float> row, Span<float> matrix)
    {
        for (int start = 0; start < matrix.Length; start += row.Length)
        {
            row.CopyTo(matrix[start..]);
        }
    }

    /// <summary>Adds the sum over the rows of <paramref name="matrix"/> [rows × columns] to <paramref name="sums"/> [columns].</summary>
    public static void AddColumnSums(ReadOnlySpan<float> matrix, Span<float> sums)
    {
        for (int start = 0; start < matrix.Length; start += sums.Length)
        {
            TensorPrimitives.Add(sums, matrix.Slice(start, sums.Length), sums);
        }
    }

    public static void Scale(Span<float> values, float factor)
    {
        if (factor != 1)
        {
            TensorPrimitives.Multiply(values, factor, values);
        }
    }

    /// <summary>vᵀ·M·v of a vector [n] and a matrix [n × n], summed in double precision.</summary>
    public static double Quadratic(ReadOnlySpan<float> vector, ReadOnlySpan<float> matrix)
    {
        double sum = 0;
        for (int i = 0; i < vector.Length; i++)
        {
            sum += (double)vector[i] * TensorPrimitives.Dot(vector, matrix.Slice(i * vector.Length, vector.Length));
        }

        return sum;
    }
}
