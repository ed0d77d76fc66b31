using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Ranks;

namespace EdgeFlora.Aggregation.Tests.Ranks;

/// <summary>Each strategy against the obvious sum over those who hold a component, with full matrices in double precision.</summary>
public sealed class MixedRankTests
{
    // Published factors are rounded to single precision.
    private const double Rounding = 2e-6;

    [Theory]
    [InlineData("FlexLora")]
    [InlineData("OptimalRank")]
    public void Products_are_the_best_of_the_sum_over_those_who_hold_each_component(string strategy)
    {
        MixedRound round = MixedRound.Of(8, 2, 4, 8, 4, 2);
        double[,] ideal = round.Ideal();

        LoraAdapter global = Merge(strategy, round).Global;

        Assert.Equal(DenseReference.Bound(ideal, 8), DenseReference.Error(global.Modules[Given.Module], ideal), tolerance: Rounding);
    }

    [Fact]
    public void FedIT_averages_each_component_of_both_factors_over_those_who_hold_it()
    {
        MixedRound round = MixedRound.Of(8, 2, 4, 8, 4, 2);

        AggregationResult result = Merge("FedIT", round);

        AssertNear(round.MeanOfFactors(), result.Global);
        double error = DenseReference.Distance(round.MeanOfFactors(), round.Ideal()) / DenseReference.Length(round.Ideal());
        Assert.Equal(error, result.Divergence.FedIt, tolerance: Rounding);
        Assert.Equal(error, result.Divergence.Used, tolerance: Rounding);
    }

    [Fact]
    public void FloraNA_fits_a_scalar_for_each_agents_part_and_is_nearer_than_averages()
    {
        MixedRound round = MixedRound.Of(8, 2, 4, 8, 4, 2);
        double[,] ideal = round.Ideal();

        AggregationResult result = Merge("FloraNA", round);

        double error = DenseReference.Distance(round.NearlyAccurate(), ideal) / DenseReference.Length(ideal);
        Assert.Equal(error, DenseReference.Error(result.Global.Modules[Given.Module], ideal), tolerance: 1e-3 * error);
        Assert.True(result.Divergence.Used < 0.98 * result.Divergence.FedIt, $"{result.Divergence.Used}, {result.Divergence.FedIt}");

        // Five agents hold the first range of components, three the second and one the third.
        Assert.Equal(9, result.Modules[0].P.Count);
        Assert.Equal(["0", "1", "2", "3", "4"], result.Modules[0].Agents.Select(agent => agent.AgentId));
    }

    [Theory]
    [InlineData("FlexLora")]
    [InlineData("FedIT")]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    [InlineData("Auto")]
    public void Components_that_nobody_holds_stay_as_they_were_broadcast(string strategy)
    {
        MixedRound whole = MixedRound.Of(8, 2, 2, 2);
        MixedRound still = whole.With(update => update with { Adapter = RankReadOut.First(whole.Broadcast, 2) });

        AssertNear(DenseReference.Product(whole.Broadcast.Modules[Given.Module]), Merge(strategy, still).Global);
    }

    [Fact]
    public void A_clipped_and_a_late_agent_count_by_their_own_change_among_those_who_hold_it()
    {
        MixedRound round = MixedRound.Of(6, 2, 6, 2, 6);
        LoraAdapter start = RankReadOut.First(MixedRound.Of(6, 6).Updates[0].Adapter, 2);
        Update[] updates = [.. round.Updates];
        updates[2] = updates[2] with { Staleness = 3, Start = start };
        AggregationOptions options = Options("OptimalRank") with { ClipFactor = 1, ServerRate = 0.7 };

        AggregationResult result = Aggregator.Aggregate(options, round.Broadcast, updates);

        double[,] expected = DenseReference.Product(round.Broadcast.Modules[Given.Module]);
        foreach ((int from, int to) in new[] { (0, 2), (2, 6) })
        {
            for (int u = 0; u < updates.Length; u++)
            {
                double share = 0.7 * round.Share(u, to) * result.Weights[u].Clip / Math.Sqrt(1 + updates[u].Staleness);
                LoraAdapter began = updates[u].Start ?? RankReadOut.First(round.Broadcast, updates[u].Adapter.Settings.Rank);
                if (share > 0)
                {
                    DenseReference.Add(expected, DenseReference.Product(Range(updates[u].Adapter, from, to)), share);
                    DenseReference.Add(expected, DenseReference.Product(Range(began, from, to)), -share);
                }
            }
        }

        Assert.Contains(result.Weights, weight => weight.Clip < 1);
        Assert.Equal(
            DenseReference.Bound(expected, 6), DenseReference.Error(result.Global.Modules[Given.Module], expected), tolerance: Rounding);
    }

    [Fact]
    public void Momentum_carries_the_step_that_each_component_was_to_take()
    {
        MixedRound round = MixedRound.Of(4, 2, 4);
        AggregationOptions options = Options("OptimalRank") with { ServerStep = ServerStep.Momentum, Momentum = 0.5, ServerRate = 0.8 };
        LoraAdapter meant = Aggregator.Aggregate(Options("OptimalRank"), round.Broadcast, round.Updates).Global;

        AggregationResult result = Aggregator.Aggregate(options, round.Broadcast, round.Updates);

        double[,] step = DenseReference.Product(meant.Modules[Given.Module]);
        DenseReference.Add(step, DenseReference.Product(round.Broadcast.Modules[Given.Module]), -1);

        // It is kept at twice the broadcast rank, which is as much as the difference of two such products can have.
        Assert.Equal(0, DenseReference.Error(result.State!.Modules[Given.Module].First, step), tolerance: Rounding);
    }

    [Fact]
    public void A_lower_rank_in_another_gauge_is_brought_back_before_its_components_are_told_apart()
    {
        MixedRound round = MixedRound.Of(8, 4, 8, 8, 2);
        MixedRound turned = round.With(update => update.AgentId == "0" ? update with { Adapter = Turned(update.Adapter) } : update);

        AggregationResult plain = Merge("OptimalRank", round);
        AggregationResult repaired = Merge("OptimalRank", turned);

        Assert.True(repaired.Modules[0].Agents[0].Regauged);
        Assert.DoesNotContain(plain.Modules[0].Agents, agent => agent.Regauged);
        double[,] expected = DenseReference.Product(plain.Global.Modules[Given.Module]);
        double[,] actual = DenseReference.Product(repaired.Global.Modules[Given.Module]);
        Assert.InRange(DenseReference.Distance(expected, actual) / DenseReference.Length(expected), 0, 0.05);
    }

    [Theory]
    [InlineData("FlexLora")]
    [InlineData("FedIT")]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    public void The_bits_depend_neither_on_the_order_of_arrival_nor_on_threads(string strategy)
    {
        MixedRound round = MixedRound.Of(8, 2, 4, 8, 4, 2);

        LoraAdapter one = Merge(strategy, round).Global;
        LoraAdapter other = Aggregator.Aggregate(Options(strategy) with { Threads = 3 }, round.Broadcast, [.. round.Updates.Reverse()]).Global;

        Assert.True(AggregatorTests.SameBits(one, other));
    }

    [Fact]
    public void Equal_ranks_give_the_bits_they_always_gave()
    {
        MixedRound round = MixedRound.Of(4, 4, 4, 4);
        AggregationOptions options = Options("FloraNA");

        Assert.True(AggregatorTests.SameBits(
            Aggregator.Aggregate(options with { MixedRanks = false }, round.Broadcast, round.Updates).Global,
            Aggregator.Aggregate(options, round.Broadcast, round.Updates).Global));
    }

    [Fact]
    public void Ranks_above_the_broadcast_one_and_starts_of_another_rank_are_refused()
    {
        MixedRound round = MixedRound.Of(4, 2, 4);
        Update big = round.Updates[1] with { AgentId = "big", Adapter = MixedRound.Of(6, 6).Updates[0].Adapter };
        Update late = round.Updates[0] with { AgentId = "late", Staleness = 1, Start = round.Broadcast };

        Assert.Equal(
            "big has rank 6; the broadcast adapter, of which it is to be a read-out, has 4.",
            Assert.Throws<UnfitUpdateException>(() => Aggregator.Aggregate(Options("FlexLora"), round.Broadcast, [.. round.Updates, big])).Message);
        Assert.Equal(
            "late has rank 2, and the adapter that it started from has 4.",
            Assert.Throws<UnfitUpdateException>(() => Aggregator.Aggregate(Options("FlexLora"), round.Broadcast, [.. round.Updates, late])).Message);
    }

    private static AggregationOptions Options(string strategy) =>
        new() { Strategy = strategy, ClipFactor = 0, Threads = 1, Gauge = Gauge.Principal, MixedRanks = true };

    private static AggregationResult Merge(string strategy, MixedRound round) =>
        Aggregator.Aggregate(Options(strategy), round.Broadcast, round.Updates);

    private static LoraFactors Range(LoraAdapter adapter, int from, int to)
    {
        LoraFactors factors = adapter.Modules[Given.Module];
        var a = new Matrix(to - from, factors.Inputs, factors.A.Values[(from * factors.Inputs)..(to * factors.Inputs)].ToArray());
        var b = new Matrix(factors.Outputs, to - from);
        for (int o = 0; o < b.Rows; o++)
        {
            factors.B.Row(o)[from..to].CopyTo(b.Row(o));
        }

        return new LoraFactors(a, b);
    }

    // (B·O, Oᵀ·A) with a rotation that mixes all components.
    private static LoraAdapter Turned(LoraAdapter adapter)
    {
        LoraFactors factors = adapter.Modules[Given.Module];
        DoubleMatrix rotation = OrthonormalRows.Of(DoubleMatrix.From(Given.Gaussian(factors.Rank, factors.Rank, 1, new SeededRandom(5)))).Q;
        return Given.Single(new LoraFactors(
            rotation.Transpose().Times(DoubleMatrix.From(factors.A)).ToSingles(), DoubleMatrix.From(factors.B).Times(rotation).ToSingles()));
    }

    private static void AssertNear(double[,] expected, LoraAdapter actual) =>
        Assert.InRange(
            DenseReference.Distance(expected, DenseReference.Product(actual.Modules[Given.Module])) / DenseReference.Length(expected), 0, Rounding);
}
