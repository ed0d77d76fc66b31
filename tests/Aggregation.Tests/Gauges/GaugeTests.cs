using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Tests.Strategies;

namespace EdgeFlora.Aggregation.Tests.Gauges;

public sealed class GaugeTests
{
    // Two roundings to single precision of each factor.
    private const double Rounding = 1e-6;

    [Theory]
    [InlineData("FedIT")]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    public void Every_gauge_publishes_the_same_product(string strategy)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 4, inputs: 30, outputs: 22);
        double[][,] products = [.. Enum.GetValues<Gauge>().Select(gauge =>
            DenseReference.Product(Aggregator.Aggregate(Given.Options(strategy) with { Gauge = gauge }, broadcast, updates).Global.Modules[Given.Module]))];

        double length = DenseReference.Length(products[0]);
        Assert.InRange(DenseReference.Distance(products[0], products[1]) / length, 0, Rounding);
        Assert.InRange(DenseReference.Distance(products[0], products[2]) / length, 0, Rounding);
    }

    [Fact]
    public void The_principal_gauge_has_orthogonal_rows_of_the_mean_length()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 4, inputs: 30, outputs: 22);

        Matrix a =
            Aggregator.Aggregate(Given.Options("OptimalRank") with { Gauge = Gauge.Principal }, broadcast, updates).Global.Modules[Given.Module].A;
        Matrix mean = Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates).Global.Modules[Given.Module].A;

        double expected = Square(mean.Values, mean.Values) / 4;
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 4; j++)
            {
                Assert.Equal(i == j ? expected : 0, Square(a.Row(i), a.Row(j)), tolerance: Rounding * expected * 10);
            }
        }
    }

    [Fact]
    public void The_anchored_gauge_stays_near_the_mean_factors()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 10, rank: 4, inputs: 60, outputs: 52, spread: 0.3);
        LoraFactors mean = Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates).Global.Modules[Given.Module];

        double anchored = Distance(Gauge.Anchored);

        Assert.True(anchored < 0.3 * Distance(Gauge.Principal), $"{anchored}");
        Assert.True(anchored < 0.3 * Distance(Gauge.Balanced), $"{anchored}");

        double Distance(Gauge gauge)
        {
            Matrix a = Aggregator.Aggregate(Given.Options("OptimalRank") with { Gauge = gauge }, broadcast, updates).Global.Modules[Given.Module].A
                .Clone();
            for (int i = 0; i < a.Values.Length; i++)
            {
                a.Values[i] -= mean.A.Values[i];
            }

            return Math.Sqrt(Square(a.Values, a.Values));
        }
    }

    [Fact]
    public void Strategies_on_products_do_not_care_in_which_gauge_agents_send_and_others_are_repaired()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 6, rank: 2, inputs: 30, outputs: 22);
        Update[] turned = [.. updates.Select((u, i) => u with { Adapter = Given.Single(Turned(u.Adapter.Modules[Given.Module], i)) })];

        foreach (string strategy in new[] { "OptimalRank", "FlexLora" })
        {
            double[,] expected = DenseReference.Product(
                Aggregator.Aggregate(Given.Options(strategy), broadcast, updates).Global.Modules[Given.Module]);
            double[,] actual = DenseReference.Product(Aggregator.Aggregate(Given.Options(strategy), broadcast, turned).Global.Modules[Given.Module]);
            Assert.InRange(DenseReference.Distance(expected, actual) / DenseReference.Length(expected), 0, 10 * Rounding);
        }

        foreach (string strategy in new[] { "FedIT", "FloraNA" })
        {
            double plain = Aggregator.Aggregate(Given.Options(strategy), broadcast, updates).Divergence.Used;
            AggregationResult repaired = Aggregator.Aggregate(Given.Options(strategy), broadcast, turned);
            // A repaired agent sits at the broadcast A itself, which is nearer to the others than where it really was.
            Assert.InRange(repaired.Divergence.Used, 0, 1.5 * plain);
            Assert.Equal([false, true, true, true, true, true], repaired.Modules[0].Agents.Select(agent => agent.Regauged));
        }
    }

    // Agent 0 as it was, the others flipped, rescaled or rotated: the same products.
    private static LoraFactors Turned(LoraFactors factors, int how) => how switch
    {
        0 => factors,
        1 => Scaled(factors, -1),
        2 => Scaled(factors, 100),
        3 => Scaled(factors, 0.01f),
        _ => StrategyTests.Rotated(factors, how - 2.3),
    };

    private static LoraFactors Scaled(LoraFactors factors, float by)
    {
        LoraFactors scaled = factors.Clone();
        foreach (ref float value in scaled.A.Values)
        {
            value /= by;
        }

        foreach (ref float value in scaled.B.Values)
        {
            value *= by;
        }

        return scaled;
    }

    private static double Square(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }
}
