using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests.Strategies.Auto;

public sealed class AutoStrategyTests
{
    [Theory]
    [InlineData(0.003, 0.7e-6, true)]
    [InlineData(0.0033, 0.85e-6, true)]
    [InlineData(0.004, 1.25e-6, false)]
    public void An_error_below_a_millionth_is_rounding_however_small_the_bound(double drift, double least, bool kept)
    {
        // Products [2 × 3] have at most rank 2: the bound is zero, and an error of any size more than 5 % above it. That of scalars grows with the
        // square of the drift.
        LoraFactors start = Given.Factors(rank: 2, inputs: 3, outputs: 2, seed: 1);
        Update[] updates = [.. Enumerable.Range(0, 2).Select(u => new Update(
            $"{u}", 1 + u, Given.Single(Given.Sum(start, drift, Given.Factors(rank: 2, inputs: 3, outputs: 2, seed: (ulong)(50 + u))))))];

        AggregationResult scalars = Aggregator.Aggregate(Given.Options("FloraNA"), Given.Single(start), updates);
        AggregationResult chosen = Aggregator.Aggregate(Given.Options("Auto"), Given.Single(start), updates);

        Assert.InRange(scalars.Divergence.Used, least, 1.1 * least);
        Assert.Equal(kept, AggregatorTests.SameBits(scalars.Global, chosen.Global));
        Assert.Equal(kept ? scalars.Divergence.Used : 0, chosen.Divergence.Used);
    }
}
