using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Options;

public sealed class RateOverRoundsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(RateSchedule.Constant, 0, new[] { 1, 1, 1, 1.0 })]
    [InlineData(RateSchedule.Linear, 0, new[] { 1, 0.75, 0.5, 0.25 })]
    [InlineData(RateSchedule.Cosine, 0, new[] { 1, 0.853553, 0.5, 0.146447 })]
    [InlineData(RateSchedule.Constant, 1, new[] { 0.5, 1, 1, 1 })]
    [InlineData(RateSchedule.Linear, 2, new[] { 1.0 / 3, 2.0 / 3, 1, 0.5 })]
    public void The_peak_rate_rises_and_falls_with_the_rounds(RateSchedule schedule, int warmup, double[] expected)
    {
        var options = new TrainingOptions { LearningRate = 0.01, RoundSchedule = schedule, WarmupRounds = warmup };

        double[] rates = [.. Enumerable.Range(1, 4).Select(round => options.Hyper(default, 0, round, 4).LearningRate)];

        Assert.All(rates.Zip(expected), pair => Assert.Equal(0.01 * pair.Second, pair.First, tolerance: 1e-8));
    }

    /// <summary>As where the number of rounds is lowered under way.</summary>
    [Fact]
    public void A_round_beyond_the_last_has_its_rate() =>
        Assert.Equal(0.25, new TrainingOptions { RoundSchedule = RateSchedule.Linear }.RateOf(7, 4));

    [Fact]
    public void A_warm_up_must_end_before_the_run_does()
    {
        CoordinatorOptions options = Settings.For(folder);
        options = options with { Rounds = options.Rounds with { Count = 3 }, Training = options.Training with { WarmupRounds = 3 } };

        Assert.Equal(
            "Training:WarmupRounds is 3, not below Rounds:Count (3); no round would have the whole rate.",
            Assert.Throws<CoordinatorOptionsException>(options.Validate).Message);
    }
}
