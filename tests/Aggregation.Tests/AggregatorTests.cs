using System.Runtime.InteropServices;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests;

public sealed class AggregatorTests
{
    // Published factors are rounded to single precision (2⁻²⁴ each); errors are relative to the update's length.
    private const double Rounding = 1e-6;

    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1 },
        { 2, 1, 3, 2 },
        { 3, 4, 5, 9 },
        { 6, 8, 48, 40 },
        { 5, 6, 33, 65 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Reported_errors_are_those_of_the_dense_products(int agents, int rank, int inputs, int outputs)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents, rank, inputs, outputs);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);

        foreach (string strategy in new[] { "FedIT", "FloraNA", "OptimalRank", "Auto" })
        {
            AggregationResult result = Aggregator.Aggregate(Given.Options(strategy), broadcast, updates);

            ModuleReport report = result.Modules[0];
            Assert.Equal(DenseReference.Error(result.Global.Modules[Given.Module], ideal), report.ErrUsed, tolerance: Rounding);
            Assert.Equal(DenseReference.Bound(ideal, rank), report.ErrBound, tolerance: Rounding);
            Assert.InRange(report.ErrFloraNa!.Value, report.ErrBound - Rounding, report.ErrFedIt + Rounding);
        }
    }

    [Fact]
    public void FloraNA_is_nearer_to_the_ideal_update_than_FedIT_and_OptimalRank_reaches_the_bound()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 10, rank: 8, inputs: 64, outputs: 48);

        DivergenceSummary fedIt = Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates).Divergence;
        DivergenceSummary floraNa = Aggregator.Aggregate(Given.Options(), broadcast, updates).Divergence;
        DivergenceSummary optimal = Aggregator.Aggregate(Given.Options("OptimalRank"), broadcast, updates).Divergence;

        Assert.True(floraNa.Used < 0.9 * fedIt.Used, $"FloraNA {floraNa.Used}, FedIT {fedIt.Used}");
        Assert.Equal(fedIt.Used, floraNa.FedIt, tolerance: Rounding);
        Assert.Equal(optimal.Bound, optimal.Used, tolerance: Rounding);
    }

    [Theory]
    [InlineData(TruncationMethod.Randomised)]
    [InlineData(TruncationMethod.Dense)]
    public void Other_methods_agree_with_the_exact_one(TruncationMethod method)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 12, rank: 4, inputs: 80, outputs: 72, drift: 2);

        foreach (string strategy in new[] { "FedIT", "FloraNA", "OptimalRank" })
        {
            ModuleReport exact = Aggregator.Aggregate(Given.Options(strategy) with { Method = TruncationMethod.Qr }, broadcast, updates).Modules[0];
            ModuleReport fast = Aggregator.Aggregate(Given.Options(strategy) with { Method = method }, broadcast, updates).Modules[0];

            // Products in single precision: 1e-6 of the squared length, beside squared errors of about 0.1.
            Assert.InRange(fast.ErrUsed / exact.ErrUsed, 0.999, 1.001);
            Assert.InRange(fast.ErrBound / exact.ErrBound, 0.999, 1.001);
            Assert.InRange(fast.ErrFedIt / exact.ErrFedIt, 0.999, 1.001);
            Assert.False(fast.Estimated);
        }
    }

    [Fact]
    [Trait("Invariant", "8")]
    public void Order_of_arrival_and_number_of_threads_change_no_bit()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 7, rank: 4, inputs: 96, outputs: 160);
        foreach (string strategy in new[] { "Auto", "FedExLora", "FedIT", "FedRot", "FlexLora", "FloraNA", "FloraStack", "MomentTilt", "OptimalRank" })
        {
            foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
            {
                AggregationOptions options = Given.Options(strategy) with { Method = method };
                AggregationResult expected = Aggregator.Aggregate(options, broadcast, updates);

                Update[] shuffled = [.. updates];
                new SeededRandom(3).Shuffle<Update>(shuffled);
                AggregationResult actual = Aggregator.Aggregate(options with { Threads = 3 }, broadcast, shuffled);

                Assert.True(SameBits(expected.Global, actual.Global), $"{strategy}, {method}");
                Assert.Equal(expected.Divergence, actual.Divergence);
            }
        }
    }

    [Theory]
    [Trait("Invariant", "7")]
    [InlineData("FedIT")]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    public void One_agent_is_taken_over_exactly(string strategy)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 1, rank: 4, inputs: 20, outputs: 30);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);

        AggregationResult result = Aggregator.Aggregate(Given.Options(strategy), broadcast, updates);

        Assert.InRange(DenseReference.Error(result.Global.Modules[Given.Module], ideal), 0, Rounding);
        Assert.All(result.Modules[0].P, value => Assert.Equal(1, value, tolerance: 1e-12));
    }

    [Fact]
    [Trait("Invariant", "12")]
    public void Weights_times_a_constant_give_the_same_result()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 4, inputs: 24, outputs: 24);
        foreach (string strategy in StrategyRegistry.Names)
        {
            Update[] sent = Given.Obedient(strategy, broadcast, updates);
            Update[] scaled = [.. sent.Select(u => u with { Weight = u.Weight * 1000 })];
            double length = DenseReference.Length(DenseReference.Ideal(broadcast, sent, Given.Module));

            AggregationResult first = Aggregator.Aggregate(Given.Options(strategy), broadcast, sent);
            AggregationResult second = Aggregator.Aggregate(Given.Options(strategy), broadcast, scaled);

            double apart = DenseReference.Distance(Whole(first), Whole(second));
            Assert.True(apart <= Rounding * length, $"{strategy}: {apart} beside {length}");
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
    public void An_unfit_update_is_refused_by_name()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 6, outputs: 5);
        updates[1].Adapter.Modules[Given.Module].B[4, 1] = float.NaN;

        ArgumentException refusal = Assert.ThrowsAny<ArgumentException>(() => Aggregator.Aggregate(Given.Options(), broadcast, updates));

        Assert.StartsWith("agent-0001: B of module layer.0.query has a value that is not finite.", refusal.Message, StringComparison.Ordinal);
    }

    internal static bool SameBits(LoraAdapter x, LoraAdapter y) =>
        x.Modules.Keys.SequenceEqual(y.Modules.Keys)
            && x.Modules.All(m => SameBits(m.Value.A, y.Modules[m.Key].A) && SameBits(m.Value.B, y.Modules[m.Key].B));

    private static bool SameBits(Matrix x, Matrix y) => MemoryMarshal.AsBytes(x.Values).SequenceEqual(MemoryMarshal.AsBytes(y.Values));
}
