namespace EdgeFlora.Learning.Training;

/// <summary>How well a model labels a set of examples.</summary>
/// <param name="Examples">Number of examples measured.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="Accuracy">Fraction labelled right, 0 … 1.</param>
/// <param name="MacroF1">Unweighted mean of F1 over the labels that occur in the examples or the predictions.</param>
/// <param name="Matthews">
/// Correlation between labels and predictions, −1 … 1 (Gorodkin 2004, doi 10.1016/j.compbiolchem.2004.09.006; for two labels Matthews' coefficient);
/// 0 where either is always the same.
/// </param>
public sealed record ClassificationMetrics(int Examples, double Loss, double Accuracy, double MacroF1, double Matthews)
{
    /// <summary>Examples by label: [labels].</summary>
    public LabelTallies ByLabel { get; init; } = LabelTallies.None;
}
