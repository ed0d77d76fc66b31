namespace EdgeFlora.Learning.Training;

/// <summary>From class probabilities to the figures people compare.</summary>
public static class Scoring
{
    /// <param name="probabilities">[examples × labels], each row summing to 1.</param>
    /// <param name="labels">The right label of each example.</param>
    /// <exception cref="ArgumentException">There is no example, or the lengths differ.</exception>
    /// <exception cref="TrainingDivergedException">A probability is not a number: the model's scores left the finite numbers.</exception>
    public static ClassificationMetrics Score(IReadOnlyList<float[]> probabilities, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0 || probabilities.Count != labels.Count)
        {
            throw new ArgumentException(
                $"{probabilities.Count} predictions cannot be scored against {labels.Count} labels; there is one of each, at least one pair.",
                nameof(labels));
        }

        int classes = probabilities[0].Length;
        int[] right = new int[classes];
        int[] actual = new int[classes];
        int[] predicted = new int[classes];
        double loss = 0;
        for (int i = 0; i < labels.Count; i++)
        {
            if (probabilities[i].Any(float.IsNaN))
            {
                throw new TrainingDivergedException(
                    $"The scores of example {i + 1} are not finite; the adapter was trained with too high a learning rate, or on broken data.");
            }

            int guess = Largest(probabilities[i]);
            actual[labels[i]]++;
            predicted[guess]++;
            right[guess] += guess == labels[i] ? 1 : 0;

            // A probability that underflowed counts as the smallest there is: the loss stays finite and large.
            loss -= Math.Log(Math.Max(probabilities[i][labels[i]], float.Epsilon));
        }

        double[] f1 = [.. Enumerable.Range(0, classes)
            .Where(label => actual[label] + predicted[label] > 0)
            .Select(label => 2.0 * right[label] / (actual[label] + predicted[label]))];
        return new ClassificationMetrics(
            labels.Count,
            loss / labels.Count,
            (double)right.Sum() / labels.Count,
            f1.Average(),
            Matthews(actual, predicted, right.Sum(), labels.Count))
        {
            ByLabel = new LabelTallies(actual, predicted, right),
        };
    }

    /// <summary>The most probable label; the first of equals.</summary>
    public static int Largest(ReadOnlySpan<float> probabilities)
    {
        int largest = 0;
        for (int i = 1; i < probabilities.Length; i++)
        {
            if (probabilities[i] > probabilities[largest])
            {
                largest = i;
            }
        }

        return largest;
    }

    /// <summary>
    /// (n·right − Σ actualₖ·predictedₖ) / √((n² − Σ actualₖ²)·(n² − Σ predictedₖ²)): the covariance of labels and predictions over the product of
    /// their deviations.
    /// </summary>
    private static double Matthews(int[] actual, int[] predicted, int right, int examples)
    {
        double n = examples;
        double together = (n * right) - actual.Zip(predicted).Sum(pair => (double)pair.First * pair.Second);
        double deviations = Math.Sqrt((n * n) - actual.Sum(count => (double)count * count)) * Math
            .Sqrt((n * n) - predicted.Sum(count => (double)count * count));
        return deviations > 0 ? together / deviations : 0;
    }
}
