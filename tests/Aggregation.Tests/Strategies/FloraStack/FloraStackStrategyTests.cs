using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests.Strategies.FloraStack;

/// <summary>What training starts over from: Kaiming-uniform as PEFT draws it, anew for each module and round.</summary>
public sealed class FloraStackStrategyTests
{
    private const int Inputs = 100;

    [Fact]
    public void The_fresh_A_fills_its_range_evenly_and_B_is_zero()
    {
        LoraFactors fresh = Fresh(seed: 1, round: 1);
        float[] values = [.. fresh.A.Values];
        const double Bound = 0.1; // 1/√100

        Assert.InRange(values.Max(), 0.98 * Bound, Bound);
        Assert.InRange(values.Min(), -Bound, -0.98 * Bound);
        // Of an even distribution Bound²/3; of 800 draws it is known to 3 %, here to five times that.
        Assert.InRange(values.Average(value => (double)value * value), 0.85 * Bound * Bound / 3, 1.15 * Bound * Bound / 3);
        Assert.All(fresh.B.Values.ToArray(), value => Assert.Equal(0, value));
        Assert.Equal((8, Inputs, 12), (fresh.Rank, fresh.Inputs, fresh.Outputs));
    }

    [Fact]
    public void It_is_the_same_again_for_one_seed_and_round_and_another_for_any_other()
    {
        LoraAdapter first = Given.Single(Fresh(seed: 1, round: 1));

        Assert.True(AggregatorTests.SameBits(first, Given.Single(Fresh(seed: 1, round: 1))));
        Assert.False(AggregatorTests.SameBits(first, Given.Single(Fresh(seed: 2, round: 1))));
        Assert.False(AggregatorTests.SameBits(first, Given.Single(Fresh(seed: 1, round: 2))));
        Assert.False(AggregatorTests.SameBits(first, Given.Single(Fresh(seed: 1, round: 1, module: "layer.1.query"))));
    }

    private static LoraFactors Fresh(ulong seed, int round, string module = Given.Module)
    {
        LoraAdapter start = Given.Adapter((module, Given.Factors(rank: 8, Inputs, outputs: 12, seed: 3)));
        return Aggregator.Aggregate(Given.Options("FloraStack") with { Seed = seed }, start, [new("a", 1, start)], round).Global.Modules[module];
    }
}
