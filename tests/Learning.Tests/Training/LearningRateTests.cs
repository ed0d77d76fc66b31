using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Training;

public sealed class LearningRateTests
{
    [Fact]
    public void It_rises_over_the_warm_up_and_falls_to_one_part_at_the_last_step()
    {
        double[] rates = [.. Enumerable.Range(0, 10).Select(
            step => LearningRate.At(step, steps: 10, peak: 6, warmupFraction: 0.4, RateSchedule.Linear))];

        double[] expected = [1.5, 3, 4.5, 6, 6, 5, 4, 3, 2, 1];
        Assert.All(expected.Zip(rates), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-12));
    }

    [Fact]
    public void Without_warm_up_and_decay_it_is_the_peak() =>
        Assert.All(
            Enumerable.Range(0, 5), step => Assert.Equal(0.1, LearningRate.At(step, steps: 5, peak: 0.1, warmupFraction: 0, RateSchedule.Constant)));

    [Fact]
    public void A_cosine_falls_slowly_then_fast_then_slowly()
    {
        double[] rates = [.. Enumerable.Range(0, 6).Select(step => LearningRate.At(step, steps: 6, peak: 2, warmupFraction: 0, RateSchedule.Cosine))];

        double[] expected = [2, 1 + Math.Cos(Math.PI / 6), 1.5, 1, 0.5, 1 - Math.Cos(Math.PI / 6)];
        Assert.All(expected.Zip(rates), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-12));
    }
}
