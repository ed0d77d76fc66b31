namespace EdgeFlora.Adapters.Initialization;

/// <summary>
/// Euclidean lengths of weight rows, as DoRA's magnitudes begin (arXiv 2402.09353). One function for all, so that an untrained DoRA adapter's scale
/// is exactly 1.
/// </summary>
public static class RowLength
{
    /// <summary>Sum of squares in double precision, in the order of the values.</summary>
    public static double Squared(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (float value in row)
        {
            sum += (double)value * value;
        }

        return sum;
    }

    /// <summary>√(sum of squares), rounded to single precision.</summary>
    public static float Of(ReadOnlySpan<float> row) => (float)Math.Sqrt(Squared(row));
}
