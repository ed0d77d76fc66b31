using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests.Strategies;

/// <summary>What each strategy is, by what it does and by the lists that options are checked against.</summary>
public sealed class StrategyRegistryTests
{
    [Fact]
    public void Names_are_listed_in_order_by_what_the_strategies_allow()
    {
        Assert.Equal(
            [
                "Auto", "FedExLora", "FedIT", "FedRot", "FedSaLora", "FedSvd", "FfaLora", "FlexLora", "FloraNA", "FloraStack", "MomentTilt",
                "OptimalRank", "RoLora",
            ],
            StrategyRegistry.Names);
        // A plain sum of what each agent bounds.
        Assert.Equal(["FedIT", "FedSaLora", "FedSvd", "FfaLora", "RoLora"], StrategyRegistry.NamesThatAllowNoise);
        Assert.Equal(["FedIT", "FfaLora", "FloraNA", "MomentTilt", "RoLora"], StrategyRegistry.NamesThatKeepBasis);
        Assert.Equal(["FedIT", "FloraNA", "MomentTilt"], StrategyRegistry.Names.Where(StrategyRegistry.KeepsBasisIfAnchored));
    }

    [Fact]
    public void What_is_asked_of_training_goes_by_strategy_and_round()
    {
        Assert.Equal(
            ["FedExLora", "FedSaLora", "FedSvd", "FfaLora", "FloraStack", "RoLora"], StrategyRegistry.Names.Where(StrategyRegistry.AsksOfTraining));
        foreach (int round in new[] { 1, 2, 3 })
        {
            Assert.Equal(new TaskNeeds(FoldsIntoBase: true), StrategyRegistry.NeedsOf("FedExLora", round));
            Assert.Equal(new TaskNeeds(KeepB: true), StrategyRegistry.NeedsOf("FedSaLora", round));
            Assert.Equal(new TaskNeeds(TrainA: false, NewBasis: true), StrategyRegistry.NeedsOf("FedSvd", round));
            Assert.Equal(new TaskNeeds(TrainA: false), StrategyRegistry.NeedsOf("FfaLora", round));
            Assert.Equal(new TaskNeeds(FoldsIntoBase: true, NewBasis: true), StrategyRegistry.NeedsOf("FloraStack", round));
            Assert.Equal(
                round == 2 ? new TaskNeeds(TrainB: false) : new TaskNeeds(TrainA: false), StrategyRegistry.NeedsOf("RoLora", round));
        }
    }

    [Fact]
    public void Names_are_found_in_any_case_and_unknown_ones_refused_with_all_there_are()
    {
        Assert.Equal("FedIT", StrategyRegistry.Find("fedit").Name);
        Assert.StartsWith(
            $"Aggregation:Strategy is \"best\"; it must be one of {string.Join(", ", StrategyRegistry.Names)}.",
            Assert.Throws<ArgumentException>(() => StrategyRegistry.Find("best")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_options_at_all_are_an_error_of_the_caller()
    {
        AggregationOptions none = null!;

        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => none.StrategyNames()).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => none.NeedsOf(Given.Module, 1)).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => none.Problems()).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => none.Validated()).ParamName);
    }

    [Fact]
    public void The_first_pattern_that_fits_a_module_names_its_strategy()
    {
        AggregationOptions options = Given.Options("FedIT") with
        {
            ModuleStrategies = [new ModuleStrategy("*.0.value", "FedRot"), new ModuleStrategy("*.value", "Auto"), new ModuleStrategy("*", "FedSvd")],
        };

        Assert.Equal("FedRot", options.StrategyFor("layer.0.value").Name);
        Assert.Equal("Auto", options.StrategyFor("layer.1.value").Name);
        Assert.Equal("FedSvd", options.StrategyFor("layer.1.key").Name);
    }

    [Theory]
    [InlineData("FedExLora", false)]
    [InlineData("FlexLora", false)]
    [InlineData("FloraStack", false)]
    [InlineData("OptimalRank", false)]
    [InlineData("Auto", true)]
    [InlineData("FedIT", true)]
    [InlineData("FedRot", true)]
    [InlineData("FedSaLora", true)]
    [InlineData("FedSvd", true)]
    [InlineData("FfaLora", true)]
    [InlineData("FloraNA", true)]
    [InlineData("MomentTilt", true)]
    [InlineData("RoLora", true)]
    public void A_rank_above_the_results_is_refused_where_factors_are_combined(string strategy, bool refused)
    {
        LoraAdapter broadcast = Given.Single(Given.Factors(rank: 2, inputs: 9, outputs: 8, seed: 1));
        Update[] updates = [new("higher", 1, Given.Single(Given.Factors(rank: 3, inputs: 9, outputs: 8, seed: 2)))];

        Exception? refusal = Record.Exception(() => Aggregator.Aggregate(Given.Options(strategy), broadcast, updates));

        Assert.Equal(refused, refusal is not null);
        if (refused)
        {
            Assert.StartsWith(
                $"higher has rank 3 in module layer.0.query, above the result's rank 2; {strategy} combines factors",
                Assert.IsType<UnfitUpdateException>(refusal).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("FlexLora", true, false)]
    [InlineData("OptimalRank", true, false)]
    [InlineData("Auto", true, true)]
    [InlineData("FedExLora", true, true)]
    [InlineData("FedIT", true, true)]
    [InlineData("FedRot", true, true)]
    [InlineData("FloraNA", true, true)]
    [InlineData("MomentTilt", true, true)]
    [InlineData("FloraStack", false, false)]
    [InlineData("FedSaLora", false, false)]
    [InlineData("FedSvd", false, false)]
    [InlineData("FfaLora", false, false)]
    [InlineData("RoLora", false, false)]
    public void Flipped_factors_are_turned_back_where_one_gauge_is_wanted(string strategy, bool free, bool turned)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 4, rank: 2, inputs: 24, outputs: 20, drift: 0.5);
        updates = Given.Obedient(strategy, broadcast, updates);
        updates[2] = free ? Given.Times(updates[2], -1, -1) : updates[2];

        ModuleReport report = Aggregator.Aggregate(Given.Options(strategy), broadcast, updates).Modules[0];

        Assert.Equal(free ? Gauge.Anchored : null, report.Gauge);
        Assert.Equal([false, false, turned, false], report.Agents.Select(agent => agent.Regauged));
    }
}
