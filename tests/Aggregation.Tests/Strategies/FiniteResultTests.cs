using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests.Strategies;

/// <summary>A result that single precision cannot hold is refused with the agent whose factors are furthest from one.</summary>
public sealed class FiniteResultTests
{
    [Fact]
    public void A_product_of_which_nothing_is_left_is_refused()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 12, outputs: 10);
        // FedSvd publishes an A of length one, and a B that is as long as the product.
        LoraAdapter start = Given.Times(broadcast, 1e-26f, 1);
        Update[] tiny = Given.Obedient("FedSvd", start, [.. updates.Select((update, u) => Given.Times(update, 1, u == 1 ? 1e-30f : 1e-24f))]);
        AssertRefused("FedSvd", "FedSvd's result", start, tiny);

        // A third of the smallest value there is.
        Update[] smallest = [.. updates.Select(update => Given.Times(update, 1, 0))];
        smallest[1].Adapter.Modules[Given.Module].B[4, 1] = float.Epsilon;
        AssertRefused("OptimalRank", "the result", broadcast, smallest);
    }

    [Fact]
    public void A_product_that_is_zero_is_none_of_which_nothing_is_left()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 12, outputs: 10);
        updates = [.. updates.Select(update => Given.Times(update, 1, 0))];

        AggregationResult result = Aggregator.Aggregate(Given.Options("OptimalRank") with { Gauge = Gauge.Principal }, broadcast, updates);

        Assert.DoesNotContain(result.Global.Modules[Given.Module].B.Values.ToArray(), value => value != 0);
    }

    [Fact]
    public void An_agent_without_a_B_is_not_the_one_furthest_from_one()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 12, outputs: 10);
        updates[0] = Given.Times(updates[0], 1, 0);
        updates[2].Adapter.Modules[Given.Module].B.Values.Fill(float.MaxValue);
        updates[2] = updates[2] with { Adapter = new LoraAdapter(updates[2].Adapter.Settings with { Alpha = 8000 }, updates[2].Adapter.Modules) };

        UnfitUpdateException refusal = Assert.Throws<UnfitUpdateException>(() => Aggregator.Aggregate(Given.Options("FedIT"), broadcast, updates));

        Assert.StartsWith("agent-0002: the mean of module layer.0.query is too large for single", refusal.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string strategy, string what, LoraAdapter broadcast, Update[] updates)
    {
        UnfitUpdateException refusal = Assert.Throws<UnfitUpdateException>(
            () => Aggregator.Aggregate(Given.Options(strategy) with { Gauge = Gauge.Principal }, broadcast, updates));

        Assert.StartsWith($"agent-0001: {what} of module layer.0.query is too small for single precision", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("agent-0001", refusal.AgentId);
    }
}
