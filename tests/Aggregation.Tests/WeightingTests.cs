using FsCheck;
using FsCheck.Fluent;

namespace EdgeFlora.Aggregation.Tests;

public sealed class WeightingTests
{
    private static readonly Arbitrary<int[]> Examples = Gen.OneOf(Gen.Choose(1, 1000), Gen.Choose(1, int.MaxValue)).NonEmptyListOf()
        .Select(list => list.ToArray()).ToArbitrary();

    [Fact]
    public void One_that_claims_all_examples_of_the_world_weighs_three_times_the_others()
    {
        double[] bounded = Weighting.Bounded([.. Enumerable.Repeat(500.0, 9), int.MaxValue], exponent: 1, factor: 3, share: 1.0 / 3);

        Assert.Equal([.. Enumerable.Repeat(500.0, 9), 1500], bounded);
    }

    [Theory]
    [InlineData(new double[] { 100, 300 }, new double[] { 100, 300 })]
    [InlineData(new double[] { 100, 120, 500 }, new double[] { 100, 120, 220 })]
    [InlineData(new double[] { 100, 100, 100, 900 }, new double[] { 100, 100, 100, 150 })]
    [InlineData(new double[] { 80, 100, 120, 150 }, new double[] { 80, 100, 120, 150 })]
    [InlineData(new double[] { 0, 0, 100, 900 }, new double[] { 0, 0, 100, 900 })]
    public void Weights_stay_or_come_down_to_the_limits(double[] examples, double[] expected)
    {
        Assert.Equal(expected, Weighting.Bounded(examples, exponent: 1, factor: 3, share: 1.0 / 3).Select(weight => Math.Round(weight, 9)));
    }

    [Fact]
    public void Limits_hold_for_weights_of_any_exponent()
    {
        // Squared, 100 weighs a hundred times what 10 does; the limit is three times.
        double[] bounded = Weighting.Bounded([10, 10, 10, 10, 10, 10, 10, 100], exponent: 2, factor: 3, share: 0);

        Assert.Equal(10 * Math.Sqrt(3), bounded[^1], tolerance: 1e-9);
        Assert.Equal([10.0, 10, 1000], Weighting.Bounded([10.0, 10, 1000], exponent: 0, factor: 3, share: 0.3));
    }

    [Fact]
    public void No_agent_outweighs_the_limits_whatever_all_of_them_claim() => Prop.ForAll(Examples, claimed =>
    {
        double[] bounded = Weighting.Bounded([.. claimed.Select(n => (double)n)], exponent: 1, factor: 3, share: 1.0 / 3);
        int[] sorted = [.. claimed.Order()];
        bool few = claimed.Length < 3;
        double most = few ? double.PositiveInfinity : 3.0 * sorted[(claimed.Length - 1) / 2];
        double share = few ? 1 : Math.Max(1.0 / 3, 1.0 / (claimed.Length - 1));
        return bounded.Zip(claimed).All(pair => pair.First <= pair.Second && pair.First > 0 && pair.First <= most * (1 + 1e-9) && pair.First <= share * bounded.Sum() * (1 + 1e-9));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_the_agents_does_not_matter() => Prop.ForAll(Examples, claimed =>
    {
        double[] examples = [.. claimed.Select(n => (double)n)];
        double[] forth = Weighting.Bounded(examples, 1, 3, 1.0 / 3);
        double[] back = Weighting.Bounded([.. examples.Reverse()], 1, 3, 1.0 / 3);
        return forth.SequenceEqual(back.Reverse());
    }).QuickCheckThrowOnFailure();
}
