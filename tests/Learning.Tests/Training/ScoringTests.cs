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
    public void No_example_is_no_score() => Assert.Throws<ArgumentException>(() => Scoring.Score([], []));
}
