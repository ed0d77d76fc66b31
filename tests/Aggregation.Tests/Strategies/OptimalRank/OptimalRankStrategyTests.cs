using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests.Strategies.OptimalRank;

public sealed class OptimalRankStrategyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(0.999)]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(1e-9)]
    public void The_lowest_rank_that_keeps_the_wanted_energy_is_published(double kept)
    {
        const int Most = 6;
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 7, rank: Most, inputs: 30, outputs: 26, drift: 0.7);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);
        // All the energy that there is takes more than the broadcast rank: then that is it.
        int rank = Enumerable.Range(1, Most).FirstOrDefault(r => Math.Pow(DenseReference.Bound(ideal, r), 2) <= 1 - kept, Most);

        AggregationResult result = Aggregator.Aggregate(Given.Options("OptimalRank") with { KeptEnergy = kept }, broadcast, updates);

        Assert.Equal(rank, result.Modules[0].Rank);
        Assert.Equal(DenseReference.Bound(ideal, rank), result.Divergence.Used, tolerance: 1e-6);
        Assert.Equal(DenseReference.Bound(ideal, rank), DenseReference.Error(result.Global.Modules[Given.Module], ideal), tolerance: 1e-6);
    }
}
