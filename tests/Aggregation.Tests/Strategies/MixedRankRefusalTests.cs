using EdgeFlora.Aggregation.Privacy;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests.Strategies;

/// <summary>What can't be done with agents of different ranks is refused with what can.</summary>
public sealed class MixedRankRefusalTests
{
    private static readonly AggregationOptions Mixed = new() { MixedRanks = true };

    [Theory]
    [InlineData("FedExLora")]
    [InlineData("FedRot")]
    [InlineData("FedSaLora")]
    [InlineData("FedSvd")]
    [InlineData("FfaLora")]
    [InlineData("FloraStack")]
    [InlineData("MomentTilt")]
    [InlineData("RoLora")]
    public void Strategies_that_need_one_rank_name_those_that_do_not(string strategy) => Assert.Equal(
        $"Aggregation:Strategy is {strategy}; it must be one of Auto, FedIT, FlexLora, FloraNA, OptimalRank where agents have different ranks.",
        Assert.Single((Mixed with { Strategy = strategy }).Problems()));

    [Fact]
    public void So_do_those_of_some_modules() => Assert.Equal(
        "Aggregation:ModuleStrategies is RoLora; it must be one of Auto, FedIT, FlexLora, FloraNA, OptimalRank where agents have different ranks.",
        Assert.Single((Mixed with { ModuleStrategies = [new ModuleStrategy("*.value", "RoLora")] }).Problems()));

    [Theory]
    [InlineData("Auto")]
    [InlineData("FedIT")]
    [InlineData("FlexLora")]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    public void The_others_go(string strategy) => Assert.Empty((Mixed with { Strategy = strategy }).Problems());

    [Fact]
    public void Steps_that_compare_whole_updates_name_those_that_do_not() => Assert.Equal(
        "Aggregation:ServerStep is fedexp; it must be fixed, momentum, fedadam or fedyogi where agents have different ranks: FedExP compares whole "
            + "updates, and each rank leaves others out.",
        Assert.Single((Mixed with { ServerStep = ServerStep.FedExp }).Problems()));

    [Theory]
    [InlineData(ServerStep.Fixed)]
    [InlineData(ServerStep.Momentum)]
    [InlineData(ServerStep.FedAdam)]
    [InlineData(ServerStep.FedYogi)]
    public void The_other_steps_go(ServerStep step) =>
        Assert.Empty((Mixed with { ServerStep = step, Momentum = step == ServerStep.Fixed ? 0 : 0.9 }).Problems());

    [Fact]
    public void An_order_of_components_is_needed_and_nobody_may_be_left_out_for_holding_what_others_do_not()
    {
        Assert.StartsWith(
            "Aggregation:Gauge is anchored; it must be principal or balanced where agents have different ranks",
            Assert.Single((Mixed with { Gauge = Gauge.Anchored }).Problems()), StringComparison.Ordinal);
        Assert.StartsWith(
            "Aggregation:Robust is geometric-median; it must be none where agents have different ranks",
            Assert.Single((Mixed with { Robust = RobustRule.GeometricMedian }).Problems()), StringComparison.Ordinal);
        Assert.StartsWith(
            "Lora:Rank is not the same for all agents; with differential privacy it must be",
            PrivateAggregation.Refusal(Mixed with { Strategy = "FedIT" }), StringComparison.Ordinal);
    }
}
