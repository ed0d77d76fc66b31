namespace EdgeFlora.Aggregation;

/// <summary>The middle of some values.</summary>
public static class LowerMedian
{
    /// <summary>The lower of the two in the middle where their number is even; 0 for no values.</summary>
    public static double Of(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.Count == 0 ? 0 : values.Order().ElementAt((values.Count - 1) / 2);
    }
}
