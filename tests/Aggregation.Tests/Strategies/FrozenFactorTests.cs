using System.Numerics.Tensors;
using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests.Strategies;

/// <summary>What a strategy froze may come back with a codec's rounding, up to 2 % of its length, and with no more than that.</summary>
public sealed class FrozenFactorTests
{
    [Theory]
    [InlineData("FfaLora", 1, "A")]
    [InlineData("FedSvd", 1, "A")]
    [InlineData("RoLora", 1, "A")]
    [InlineData("RoLora", 2, "B")]
    [InlineData("FedSaLora", 1, "B")]
    public void A_frozen_factor_may_move_by_a_fiftieth_of_its_length(string strategy, int round, string frozen)
    {
        LoraFactors start = Given.Factors(rank: 3, inputs: 30, outputs: 26, seed: 1);

        Aggregate(0.0199f);
        UnfitUpdateException refusal = Assert.Throws<UnfitUpdateException>(() => Aggregate(0.0201f));

        Assert.Equal($"second changed {frozen} of module layer.0.query, which {strategy} froze in round {round}.", refusal.Message);
        Assert.Equal("second", refusal.AgentId);

        void Aggregate(float moved) => Aggregator.Aggregate(
            Given.Options(strategy), Given.Single(start), [new("first", 1, Sent(0)), new("second", 1, Sent(moved))], round);

        // The step is exactly so many times as long as the frozen factor.
        LoraAdapter Sent(float moved)
        {
            LoraFactors factors = start.Clone();
            Span<float> values = frozen == "A" ? factors.A.Values : factors.B.Values;
            Span<float> trained = frozen == "A" ? factors.B.Values : factors.A.Values;
            TensorPrimitives.Multiply(values, 1 + moved, values);
            TensorPrimitives.Multiply(trained, 2, trained);
            return Given.Single(factors);
        }
    }
}
