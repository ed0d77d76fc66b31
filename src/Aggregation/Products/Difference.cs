using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Weighted differences of matrices.</summary>
internal static class Difference
{
    /// <summary>s·X − t·Y of two matrices of one shape, computed in double precision and rounded once.</summary>
    public static Matrix Of(Matrix x, double scaleX, Matrix y, double scaleY)
    {
        var result = new Matrix(x.Rows, x.Columns);
        ReadOnlySpan<float> xs = x.Values;
        ReadOnlySpan<float> ys = y.Values;
        Span<float> target = result.Values;
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)((scaleX * xs[i]) - (scaleY * ys[i]));
        }

        return result;
    }
}
