namespace EdgeFlora.Aggregation.Tests.Ranks;

/// <summary>Ranks 2, 4, 8 and 16 in one federation: the components that only some hold must live (arXiv 2602.13486).</summary>
public sealed class RankCollapseTests
{
    private static readonly int[] Mixed = [2, 4, 8, 16, 2, 4, 8, 16];
    private static readonly int[] Same = [16, 16, 16, 16, 16, 16, 16, 16];

    [Theory]
    [InlineData("FlexLora", Gauge.Balanced)]
    [InlineData("OptimalRank", Gauge.Principal)]
    [InlineData("FloraNA", Gauge.Balanced)]
    [InlineData("FloraNA", Gauge.Principal)]
    [InlineData("FedIT", Gauge.Balanced)]
    public void Components_beyond_the_smallest_rank_keep_their_energy(string strategy, Gauge gauge)
    {
        double same = Energy(Same, strategy, gauge, mixed: true);
        double mixed = Energy(Mixed, strategy, gauge, mixed: true);

        Assert.True(mixed >= 0.9 * same, $"{mixed:F3} of {same:F3}: {mixed / same:P1}");
        Assert.True(mixed <= 1.1 * same, $"{mixed:F3} of {same:F3}: {mixed / same:P1}");
    }

    [Theory]
    [InlineData("FlexLora")]
    [InlineData("FedIT")]
    public void Counted_as_zeros_where_agents_do_not_hold_them_they_die(string strategy)
    {
        double same = Energy(Same, strategy, Gauge.Balanced, mixed: true);
        double padded = Energy(Mixed, strategy, Gauge.Balanced, mixed: false);

        Assert.True(padded < 0.5 * same, $"{padded:F3} of {same:F3}: {padded / same:P1}");
    }

    private static double Energy(int[] ranks, string strategy, Gauge gauge, bool mixed)
    {
        var options = new AggregationOptions { Strategy = strategy, Gauge = gauge, MixedRanks = mixed, Threads = 1, ClipFactor = 0 };
        return RankFederation.EnergyFrom(3, new RankFederation(ranks, seed: 11).Run(options, rounds: 10));
    }
}
