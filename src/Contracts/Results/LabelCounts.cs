namespace EdgeFlora.Contracts.Results;

/// <summary>
/// Held-out examples by label, in the order of the offer's labels: the sums of a confusion matrix and its diagonal, from which recall, precision and
/// F1 follow.
/// </summary>
public sealed record LabelCounts
{
    /// <summary>Examples that have the label.</summary>
    public required IReadOnlyList<int> Actual { get; init; }

    /// <summary>Examples that were given the label.</summary>
    public required IReadOnlyList<int> Predicted { get; init; }

    /// <summary>Examples that have the label and were given it.</summary>
    public required IReadOnlyList<int> Right { get; init; }
}
