using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Training;

/// <summary>The training of a classifier.</summary>
public interface IFineTuning : ITraining
{
    /// <summary>Measures the adapter as it stands on <paramref name="examples"/> (no dropout).</summary>
    ClassificationMetrics Evaluate(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return Scoring.Score(Predict(examples, cancellationToken), [.. examples.Select(example => example.Label)]);
    }

    /// <summary>Class probabilities [texts × labels] of the adapter as it stands.</summary>
    float[][] Predict(IReadOnlyList<Example> examples, CancellationToken cancellationToken);
}
