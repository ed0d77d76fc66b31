namespace EdgeFlora.Learning.Training;

/// <summary>Examples by label, each a list of [labels]: the sums of a confusion matrix and its diagonal.</summary>
/// <param name="Actual">Examples that have the label.</param>
/// <param name="Predicted">Examples that were given it.</param>
/// <param name="Right">Examples that have it and were given it.</param>
public sealed record LabelTallies(IReadOnlyList<int> Actual, IReadOnlyList<int> Predicted, IReadOnlyList<int> Right)
{
    /// <summary>Of no label.</summary>
    public static LabelTallies None { get; } = new([], [], []);

    /// <summary>By what is in the lists.</summary>
    public bool Equals(LabelTallies? other) =>
        other is not null && Actual.SequenceEqual(other.Actual) && Predicted.SequenceEqual(other.Predicted) && Right.SequenceEqual(other.Right);

    public override int GetHashCode() => HashCode.Combine(Actual.Count, Actual.Sum(), Right.Sum());
}
