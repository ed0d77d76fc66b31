using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>At full rank nothing is cut, so the published product must be the formula's to rounding.</summary>
public sealed class RoundTermsTests
{
    private const double Rounding = 1e-5;

    [Fact]
    public void Momentum_and_server_rate_follow_their_formula_over_two_rounds()
    {
        AggregationOptions options = Given.Options("OptimalRank") with { Momentum = 0.5, ServerRate = 0.8 };
        LoraAdapter start = Adapter(1);
        Update[] first = [new("a", 1, Adapter(2)), new("b", 3, Adapter(3))];
        Update[] second = [new("a", 2, Adapter(4)), new("b", 2, Adapter(5))];

        AggregationResult one = Aggregator.Aggregate(options, start, first, round: 1);
        AggregationResult two = Aggregator.Aggregate(options, one.Global, second, round: 2, one.State);

        // M₁ = T̄₁ − P₀, P₁ = P₀ + 0.8·M₁, M₂ = 0.5·M₁ + T̄₂ − P₁, P₂ = P₁ + 0.8·M₂.
        double[,] momentum = DenseReference.Ideal(start, first, Given.Module);
        DenseReference.Add(momentum, Product(start), -1);
        double[,] model = Product(start);
        DenseReference.Add(model, momentum, 0.8);
        AssertNear(model, one.Global);
        double[,] next = DenseReference.Ideal(start, second, Given.Module);
        DenseReference.Add(next, momentum, 0.5);
        DenseReference.Add(next, model, -1);
        DenseReference.Add(model, next, 0.8);
        AssertNear(model, two.Global);
    }

    [Fact]
    public void A_stale_update_counts_by_its_own_change_and_less_the_older_it_is()
    {
        LoraAdapter broadcast = Adapter(1);
        Update[] updates = [new("a", 1, Adapter(2)), new("b", 1, Adapter(3)) { Staleness = 3, Start = Adapter(4) }];

        LoraAdapter global = Aggregator.Aggregate(Given.Options("OptimalRank"), broadcast, updates).Global;

        // P₀ + ½(P_a − P₀) + ½·1/√4·(P_b − start_b).
        double[,] expected = Product(broadcast);
        DenseReference.Add(expected, Product(broadcast), -0.5);
        DenseReference.Add(expected, Product(updates[0].Adapter), 0.5);
        DenseReference.Add(expected, Product(updates[1].Adapter), 0.25);
        DenseReference.Add(expected, Product(updates[1].Start!), -0.25);
        AssertNear(expected, global);
    }

    [Fact]
    public void A_change_of_A_shows_where_both_hold_a_B_of_zeros()
    {
        LoraFactors start = Given.Factors(rank: 3, inputs: 8, outputs: 6, seed: 1);
        start.B.Values.Clear();
        LoraFactors moved = start.Clone();
        moved.A.Values[4] += 3;
        moved.A.Values[9] -= 4;

        // The scale is 2: 2·√(3² + 4²).
        Assert.Equal(10, UpdateNorms.OfChange(Given.Single(start), Given.Single(moved)).Products, tolerance: 1e-6);
        Assert.Equal(0, UpdateNorms.OfChange(Given.Single(start), Given.Single(start.Clone())).Products);
    }

    [Theory]
    [InlineData(new double[] { 1, 1, 2 }, 1, 0, new double[] { 0.25, 0.25, 0.5 })]
    [InlineData(new double[] { 1, 4, 9 }, 0.5, 0, new double[] { 1 / 6.0, 2 / 6.0, 3 / 6.0 })]
    [InlineData(new double[] { 1, 4, 9 }, 0, 0, new double[] { 1 / 3.0, 1 / 3.0, 1 / 3.0 })]
    [InlineData(new double[] { 1, 1, 98 }, 1, 1.5, new double[] { 0.25, 0.25, 0.5 })]
    [InlineData(new double[] { 0, 1, 1e300 }, 1, 1, new double[] { 0, 0.5, 0.5 })]
    public void Shares_follow_exponent_and_cap(double[] examples, double exponent, double cap, double[] expected)
    {
        double[] shares = Weighting.Shares(examples, exponent, cap);

        Assert.All(shares.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, tolerance: 1e-12));
    }

    private static LoraAdapter Adapter(ulong seed) => Given.Single(Given.Factors(rank: 6, inputs: 6, outputs: 7, seed));

    private static double[,] Product(LoraAdapter adapter) => DenseReference.Product(adapter.Modules[Given.Module]);

    private static void AssertNear(double[,] expected, LoraAdapter actual) =>
        Assert.InRange(DenseReference.Distance(expected, Product(actual)) / DenseReference.Length(expected), 0, Rounding);
}
