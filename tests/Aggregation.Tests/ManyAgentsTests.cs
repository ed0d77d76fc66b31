using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation.Tests;

public sealed class ManyAgentsTests
{
    // Above 1,024 agents FloraNA's equations are solved matrix-free.
    [Theory]
    [InlineData(1000)]
    [InlineData(1100)]
    public void A_thousand_agents_are_merged_as_near_as_the_strategies_promise(int agents)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents, rank: 3, inputs: 48, outputs: 40, drift: 2);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        double bound = DenseReference.Bound(ideal, 3);

        double fedIt = ErrorOf("FedIT");
        double floraNa = ErrorOf("FloraNA");

        Assert.InRange(ErrorOf("OptimalRank"), bound * (1 - 1e-6), 1.005 * bound);
        Assert.InRange(floraNa, bound * (1 - 1e-6), fedIt);
        // With more agents than values in a factor, the scalars reach any factors there are: the bound itself, but for the tolerance of alternation.
        Assert.InRange(floraNa, 0, 1.01 * bound);

        double ErrorOf(string strategy) => DenseReference.Error(
            Aggregator.Aggregate(Given.Options(strategy) with { Threads = 2 }, broadcast, updates).Global.Modules[Given.Module], ideal);
    }

    [Fact]
    public void Above_a_thousand_agents_FLoRA_NAs_error_is_found_only_where_it_is_asked_for()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 1030, rank: 1, inputs: 20, outputs: 18);
        AggregationOptions options = Given.Options("OptimalRank") with { Method = TruncationMethod.Randomised };

        Assert.Null(Aggregator.Aggregate(options, broadcast, updates).Divergence.FloraNa);
        Assert.NotNull(Aggregator.Aggregate(options with { CompareFloraNa = true }, broadcast, updates).Divergence.FloraNa);
        Assert.NotNull(Aggregator.Aggregate(options, broadcast, updates[..1000]).Divergence.FloraNa);
    }

    [Fact]
    public void Matrix_free_scalars_have_the_same_bits_for_any_number_of_threads()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 1030, rank: 2, inputs: 40, outputs: 30);
        AggregationOptions options = Given.Options() with { Method = TruncationMethod.Randomised };

        LoraAdapter one = Aggregator.Aggregate(options, broadcast, updates).Global;
        LoraAdapter four = Aggregator.Aggregate(options with { Threads = 4 }, broadcast, [.. updates.Reverse()]).Global;

        Assert.True(AggregatorTests.SameBits(one, four));
    }
}
