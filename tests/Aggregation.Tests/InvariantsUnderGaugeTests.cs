using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>What depends on products alone is the same in whatever gauge agents send, each in one of its own.</summary>
public sealed class InvariantsUnderGaugeTests
{
    [Theory]
    [Trait("Invariant", "4")]
    [InlineData("OptimalRank", 0)]
    [InlineData("FlexLora", 0)]
    [InlineData("FloraStack", 0)]
    [InlineData("FedExLora", 5)]
    public void Strategies_on_products_do_not_see_invertible_gauges(string strategy, int residualRank)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 7, rank: 4, inputs: 44, outputs: 40, drift: 2);
        Update[] turned = [.. updates.Select(
            (update, u) => update with { Adapter = Given.Single(Turned(update.Adapter.Modules[Given.Module], (ulong)u)) })];
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
        {
            AggregationOptions options = Given.Options(strategy) with { Method = method, ResidualRank = residualRank };

            double[,] expected = Whole(Aggregator.Aggregate(options, broadcast, updates));
            double[,] actual = Whole(Aggregator.Aggregate(options, broadcast, turned));

            // Turned factors are rounded anew; iterations started from another mean end within a thousandth of the bound.
            double tolerance = method == TruncationMethod.Qr ? 1e-5 : 0.03;
            Assert.InRange(DenseReference.Distance(expected, actual) / DenseReference.Length(ideal), 0, tolerance);
        }

        static double[,] Whole(AggregationResult result)
        {
            double[,] product = DenseReference.Product(result.Global.Modules[Given.Module]);
            if (result.BaseDelta.TryGetValue(Given.Module, out LoraFactors? delta))
            {
                DenseReference.Add(product, DenseReference.Product(delta), 1);
            }

            return product;
        }
    }

    [Fact]
    [Trait("Invariant", "11")]
    public void A_base_with_fold_and_product_is_the_base_with_the_ideal_update()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 6, rank: 3, inputs: 24, outputs: 20, drift: 3);
        double[,] weights = DenseReference.Of(Given.Gaussian(20, 24, 1, new SeededRandom(4)));
        double[,] expected = (double[,])weights.Clone();
        DenseReference.Add(expected, DenseReference.Ideal(broadcast, updates, Given.Module), broadcast.Settings.Scale);

        AggregationResult result = Aggregator.Aggregate(Given.Options("FedExLora"), broadcast, updates);

        DenseReference.Add(weights, DenseReference.Product(result.BaseDelta[Given.Module]), broadcast.Settings.Scale);
        DenseReference.Add(weights, DenseReference.Product(result.Global.Modules[Given.Module]), broadcast.Settings.Scale);
        Assert.InRange(DenseReference.Distance(expected, weights) / DenseReference.Length(expected), 0, 1e-6);
    }

    [Fact]
    public void Lower_ranks_cost_averages_most_scalars_less_and_products_least()
    {
        int[] ranks = [2, 4, 8, 16];
        LoraFactors start = Given.Factors(16, 64, 60, seed: 1);
        start.B.Values.Clear();
        (_, Update[] full) = Given.Round(agents: 20, rank: 16, inputs: 64, outputs: 60, drift: 1);
        // Agent u trained the first r rows of the shared A alone.
        Update[] updates = [.. full.Select(
            (update, u) => update with { Adapter = Given.Single(Leading(update.Adapter.Modules[Given.Module], ranks[u % 4])) })];
        // α/r is the same for all, as where every device trains what it can hold at one scale.
        LoraAdapter broadcast = Given.Single(start);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);

        double fedIt = ErrorOf("FedIT");
        double floraNa = ErrorOf("FloraNA");
        LoraAdapter flex = Aggregator.Aggregate(Given.Options("FlexLora"), broadcast, updates).Global;

        Assert.True(floraNa < fedIt, $"{floraNa}, {fedIt}");
        foreach (int rank in ranks)
        {
            double read = DenseReference.Error(
                Aggregation.Ranks.RankReadOut.Of(flex, rank, Gauge.Principal).Modules[Given.Module], ideal);
            Assert.Equal(DenseReference.Bound(ideal, rank), read, tolerance: 1e-5);
        }

        Assert.True(DenseReference.Bound(ideal, 16) < floraNa, $"{floraNa}");

        double ErrorOf(string strategy) =>
            DenseReference.Error(Aggregator.Aggregate(Given.Options(strategy), broadcast, updates).Global.Modules[Given.Module], ideal);
    }

    // (B·G⁻¹, G·A) with a Gaussian G and a size of its own.
    private static LoraFactors Turned(LoraFactors factors, ulong seed)
    {
        DoubleMatrix g = DoubleMatrix.From(Given.Gaussian(factors.Rank, factors.Rank, 0.1 * (seed + 1), new SeededRandom(seed + 60)));
        double[,] dense = new double[factors.Rank, factors.Rank];
        double[,] identity = new double[factors.Rank, factors.Rank];
        for (int i = 0; i < factors.Rank; i++)
        {
            identity[i, i] = 1;
            for (int j = 0; j < factors.Rank; j++)
            {
                dense[i, j] = g[i, j];
            }
        }

        double[,] inverse = DenseReference.Solve(dense, identity);
        double[,] b = DenseReference.Times(DenseReference.Of(factors.B), inverse);
        var turnedB = new Matrix(factors.Outputs, factors.Rank);
        for (int o = 0; o < factors.Outputs; o++)
        {
            for (int r = 0; r < factors.Rank; r++)
            {
                turnedB[o, r] = (float)b[o, r];
            }
        }

        return new LoraFactors(g.Times(DoubleMatrix.From(factors.A)).ToSingles(), turnedB);
    }

    private static LoraFactors Leading(LoraFactors factors, int rank)
    {
        var a = new Matrix(rank, factors.Inputs, factors.A.Values[..(rank * factors.Inputs)].ToArray());
        var b = new Matrix(factors.Outputs, rank);
        for (int o = 0; o < factors.Outputs; o++)
        {
            factors.B.Row(o)[..rank].CopyTo(b.Row(o));
        }

        return new LoraFactors(a, b);
    }
}
