using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Training;

public sealed class ScoringTests
{
    [Fact]
    public void Figures_follow_their_definitions()
    {
        // Labels 0 0 1 1, guesses 0 1 1 1; label 2 occurs nowhere and does not count.
        float[][] probabilities = [[0.5f, 0.25f, 0.25f], [0.25f, 0.5f, 0.25f], [0.25f, 0.5f, 0.25f], [0.25f, 0.5f, 0.25f]];

        ClassificationMetrics metrics = Scoring.Score(probabilities, [0, 0, 1, 1]);

        Assert.Equal(4, metrics.Examples);
        Assert.Equal(0.75, metrics.Accuracy);
        Assert.Equal((Math.Log(2) * 3 + Math.Log(4)) / 4, metrics.Loss, tolerance: 1e-12);
        Assert.Equal(((2.0 / 3) + (4.0 / 5)) / 2, metrics.MacroF1, tolerance: 1e-12);
    }

    [Fact]
    public void A_label_with_probability_zero_leaves_the_loss_finite() =>
        Assert.InRange(Scoring.Score([[1f, 0f]], [1]).Loss, 50, 200);

    [Fact]
    public void Scores_that_are_no_numbers_are_no_prediction() =>
        Assert.Contains(
            "example 2 are not finite",
            Assert.Throws<TrainingDivergedException>(() => Scoring.Score([[1f, 0f], [float.NaN, float.NaN]], [0, 0])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_sum_of_losses_that_is_not_finite_is_no_metric() =>
        Assert.Throws<TrainingDivergedException>(() => LanguageMetrics.Of(double.PositiveInfinity, []));

    [Fact]
    public void No_example_is_no_score() => Assert.Throws<ArgumentException>(() => Scoring.Score([], []));

    [Theory]
    [InlineData(new[] { 6, 1, 2, 3 })] // Two labels: 6 and 3 right, 1 and 2 wrong.
    [InlineData(new[] { 0, 5, 5, 0 })]
    [InlineData(new[] { 4, 4, 4, 4 })]
    public void With_two_labels_the_correlation_is_Matthews_coefficient(int[] table)
    {
        (double tp, double fn, double fp, double tn) = (table[0], table[1], table[2], table[3]);

        ClassificationMetrics metrics = Score(2, (0, 0, table[0]), (0, 1, table[1]), (1, 0, table[2]), (1, 1, table[3]));

        double expected = ((tp * tn) - (fp * fn)) / Math.Sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
        Assert.Equal(expected, metrics.Matthews, tolerance: 1e-12);
    }

    [Fact]
    public void With_three_labels_it_is_the_correlation_of_their_indicator_vectors()
    {
        (int Label, int Guess, int Count)[] pairs = [(0, 0, 5), (0, 1, 2), (1, 1, 3), (1, 2, 4), (2, 2, 6), (2, 0, 1)];

        ClassificationMetrics metrics = Score(3, pairs);

        // The definition, by covariances summed over labels.
        double n = pairs.Sum(pair => pair.Count);
        double Share(Func<(int Label, int Guess, int Count), bool> which) => pairs.Where(which).Sum(pair => pair.Count) / n;
        double both = 0, labels = 0, guesses = 0;
        for (int k = 0; k < 3; k++)
        {
            double label = Share(pair => pair.Label == k), guess = Share(pair => pair.Guess == k);
            both += Share(pair => pair.Label == k && pair.Guess == k) - (label * guess);
            labels += label - (label * label);
            guesses += guess - (guess * guess);
        }

        Assert.Equal(both / Math.Sqrt(labels * guesses), metrics.Matthews, tolerance: 1e-12);
    }

    [Fact]
    public void Always_the_same_guess_has_no_correlation() => Assert.Equal(0, Score(2, (0, 0, 3), (1, 0, 4)).Matthews);

    private static ClassificationMetrics Score(int labels, params (int Label, int Guess, int Count)[] pairs)
    {
        var probabilities = new List<float[]>();
        var right = new List<int>();
        foreach ((int label, int guess, int count) in pairs)
        {
            for (int i = 0; i < count; i++)
            {
                probabilities.Add([.. Enumerable.Range(0, labels).Select(k => k == guess ? 0.6f : 0.4f / (labels - 1))]);
                right.Add(label);
            }
        }

        return Scoring.Score(probabilities, right);
    }
}
