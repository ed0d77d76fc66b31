using EdgeFlora.Protocol.Runs;

namespace EdgeFlora.Protocol.Tests.Runs;

public sealed class ModelChoiceTests
{
    [Fact]
    public void The_best_model_has_the_lowest_loss_or_the_highest_accuracy()
    {
        Assert.Equal(2, ModelChoice.Best(Figures(0.9, 0.4, 0.6), higherIsBetter: false)!.Value.Round);
        Assert.Equal(1, ModelChoice.Best(Figures(0.9, 0.4, 0.6), higherIsBetter: true)!.Value.Round);
    }

    [Fact]
    public void Of_equal_models_the_earliest_is_best() =>
        Assert.Equal(2, ModelChoice.Best(Figures(0.5, 0.7, 0.7), higherIsBetter: true)!.Value.Round);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(null)]
    public void A_model_without_a_finite_figure_is_never_best(double? figure)
    {
        Assert.Equal(2, ModelChoice.Best([new(1, figure), new(2, 0.3), new(3, figure)], higherIsBetter: true)!.Value.Round);
        Assert.Null(ModelChoice.Best([new(1, figure)], higherIsBetter: true));
    }

    [Fact]
    public void Patience_counts_measured_models_since_the_last_better_one()
    {
        Assert.Null(ModelChoice.StalledSince(Figures(0.9, 0.5, 0.6), higherIsBetter: false, patience: 2, minDelta: 0));
        Assert.Equal(2, ModelChoice.StalledSince(Figures(0.9, 0.5, 0.6, 0.5), higherIsBetter: false, patience: 2, minDelta: 0));
    }

    [Fact]
    public void A_better_model_renews_the_patience() =>
        Assert.Null(ModelChoice.StalledSince(Figures(0.9, 0.95, 0.8, 0.85), higherIsBetter: false, patience: 2, minDelta: 0));

    [Fact]
    public void A_gain_of_no_more_than_the_least_that_counts_is_none()
    {
        ModelFigure[] creeping = Figures(0.5, 0.625, 0.75);

        Assert.Equal(1, ModelChoice.StalledSince(creeping, higherIsBetter: true, patience: 2, minDelta: 0.25));
        Assert.Null(ModelChoice.StalledSince(creeping, higherIsBetter: true, patience: 2, minDelta: 0.125));
    }

    [Fact]
    public void A_figure_that_may_still_come_is_waited_for()
    {
        ModelFigure[] gap = [new(1, 0.9), new(2, null, MayCome: true), new(3, 0.8), new(4, 0.7)];

        Assert.Null(ModelChoice.StalledSince(gap, higherIsBetter: true, patience: 1, minDelta: 0));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(double.NaN)]
    public void A_figure_that_never_comes_neither_ends_nor_renews_the_patience(double? figure)
    {
        ModelFigure[] gap = [new(1, 0.9), new(3, 0.8), new(5, figure), new(6, 0.7)];

        Assert.Equal(1, ModelChoice.StalledSince(gap, higherIsBetter: true, patience: 2, minDelta: 0));
        Assert.Null(ModelChoice.StalledSince(gap, higherIsBetter: true, patience: 3, minDelta: 0));
    }

    /// <summary>Whatever comes later, a run that has stalled has stalled: its end does not hang on when it was looked at.</summary>
    [Fact]
    public void What_has_stalled_stays_so() =>
        Assert.Equal(1, ModelChoice.StalledSince(Figures(0.9, 0.8, 0.8, 0.99), higherIsBetter: true, patience: 2, minDelta: 0));

    private static ModelFigure[] Figures(params double[] values) => [.. values.Select((value, i) => new ModelFigure(i + 1, value))];
}
