using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests.Robust;

public sealed class RobustRuleTests
{
    [Theory]
    [InlineData(RobustRule.MultiKrum)]
    [InlineData(RobustRule.GeometricMedian)]
    [InlineData(RobustRule.CentredClipping)]
    public void A_hostile_quarter_moves_the_result_less_than_it_moves_the_mean(RobustRule rule)
    {
        (LoraAdapter broadcast, Update[] honest) = Given.Round(agents: 12, rank: 4, inputs: 30, outputs: 24, spread: 0.1);
        Update[] updates = [.. honest, .. Enumerable.Range(0, 3).Select(i => new Update($"hostile-{i}", 100, Given.Single(Flipped(honest[i].Adapter.Modules[Given.Module], -3))))];
        double[,] truth = DenseReference.Ideal(broadcast, honest, Given.Module);

        double plain = ErrorUnder(RobustRule.None);
        double robust = ErrorUnder(rule);

        Assert.True(robust < 0.7 * plain, $"{robust} against {plain}");

        double ErrorUnder(RobustRule chosen)
        {
            AggregationOptions options = Given.Options("OptimalRank") with { Robust = chosen, HostileShare = 0.25 };
            return DenseReference.Error(Aggregator.Aggregate(options, broadcast, updates).Global.Modules[Given.Module], truth);
        }
    }

    [Fact]
    public void A_change_a_thousand_times_the_median_is_cut_to_three_times_it()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 7, rank: 4, inputs: 30, outputs: 24, spread: 0.1);
        updates[2] = updates[2] with { Adapter = Given.Single(Flipped(updates[2].Adapter.Modules[Given.Module], 1000)) };

        AggregationResult result = Aggregator.Aggregate(Given.Options() with { ClipFactor = 3 }, broadcast, updates);

        double median = result.Weights.Select(w => w.ChangeNorm).Order().ElementAt(3);
        Assert.Equal(3 * median, result.Weights[2].ChangeNorm * result.Weights[2].Clip, tolerance: 1e-9 * median);
        Assert.All(result.Weights.Where(w => w.AgentId != "agent-0002"), w => Assert.Equal(1, w.Clip));
        Assert.Contains(result.Modules[0].Agents, agent => agent.AgentId == "(broadcast)" && agent.Weight > 0);
    }

    [Fact]
    public void Change_norms_are_those_of_dense_products_and_name_the_outliers()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 3, inputs: 12, outputs: 9, spread: 0.1);
        updates[4] = updates[4] with { Adapter = Given.Single(Flipped(updates[4].Adapter.Modules[Given.Module], 50)) };
        double[,] before = DenseReference.Product(broadcast.Modules[Given.Module], broadcast.Settings.Scale);

        var norms = updates.ToDictionary(u => u.AgentId, u => UpdateNorms.OfChange(broadcast, u.Adapter));

        foreach (Update update in updates)
        {
            double expected = DenseReference.Distance(DenseReference.Product(update.Adapter.Modules[Given.Module], update.Adapter.Settings.Scale), before);
            Assert.Equal(expected, norms[update.AgentId].Products, tolerance: 1e-6 * expected);
        }

        Assert.Equal(["agent-0004"], UpdateNorms.Outliers(norms, factor: 5));
    }

    internal static LoraFactors Flipped(LoraFactors factors, float by)
    {
        LoraFactors flipped = factors.Clone();
        foreach (ref float value in flipped.B.Values)
        {
            value *= by;
        }

        return flipped;
    }
}
