using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests.Strategies;

/// <summary>Each setting of a merge is taken up to its limits and refused beyond them, with its name, value and range.</summary>
public sealed class AggregationCheckTests
{
    private static readonly AggregationOptions Standard = new();

    public static TheoryData<string, Func<double, AggregationOptions>, double[], double[], string> Ranges => new()
    {
        { "WeightExponent", x => Standard with { WeightExponent = x }, [0, 2], [-1e-9, 2.1, double.NaN], "0 … 2" },
        { "WeightCap", x => Standard with { WeightCap = x }, [0, 1, 1e6], [-1, 0.9, 1.1e6], "0 or from 1 to 1000000" },
        { "ClipFactor", x => Standard with { ClipFactor = x }, [0, 1, 1e6], [-1, 0.9, 1.1e6], "0 or from 1 to 1000000" },
        { "HostileShare", x => Standard with { HostileShare = x }, [0, 0.49], [-1e-9, 0.5], "0 … 0.49" },
        { "ResidualRank", x => Standard with { ResidualRank = (int)x }, [0, 1024], [-1, 1025], "0 … 1024" },
        { "KeptEnergy", x => Standard with { KeptEnergy = x }, [1e-9, 1], [0, 1.1], "above 0, at most 1" },
        { "Ridge", x => Standard with { Ridge = x }, [1e-8, 1e-2], [9e-9, 1.1e-2], "1e-8 … 1e-2" },
        { "Momentum", x => Standard with { Momentum = x, ServerStep = ServerStep.Momentum }, [0, 0.99], [-1e-9, 0.991], "0 … 0.99" },
        { "SecondMoment", x => Standard with { SecondMoment = x }, [0, 0.9999], [-1e-9, 1], "0 … 0.9999" },
        { "ServerEpsilon", x => Standard with { ServerEpsilon = x }, [1e-9, 1], [0, 1.1], "above 0, at most 1" },
        { "ServerRate", x => Standard with { ServerRate = x }, [1e-9, 2], [0, 2.1], "above 0, at most 2" },
        { "GramFreeBytes", x => Standard with { GramFreeBytes = (long)x }, [1 << 20], [(1 << 20) - 1], "at least 1048576" },
        { "Threads", x => Standard with { Threads = (int)x }, [1, 1024], [0, 1025], "1 … 1024" },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_number_is_taken_within_its_range_alone(
        string setting, Func<double, AggregationOptions> with, double[] right, double[] wrong, string range)
    {
        Assert.All(right, value => Assert.Empty(with(value).Problems()));
        Assert.All(wrong, value => Assert.Equal(
            FormattableString.Invariant($"Aggregation:{setting} is {value}; it must be {range}."), Assert.Single(with(value).Problems())));
    }

    [Fact]
    public void A_choice_that_there_is_not_is_refused_with_those_that_there_are()
    {
        Assert.Equal(
            [
                "Aggregation:Gauge is 99; it must be one of anchored, principal, balanced.",
                "Aggregation:Robust is 99; it must be one of none, multiKrum, geometricMedian, centredClipping.",
                "Aggregation:ServerStep is 99; it must be one of fixed, fedexp, momentum, fedadam, fedyogi.",
            ],
            (Standard with { Gauge = (Gauge)99, Robust = (RobustRule)99, ServerStep = (ServerStep)99 }).Problems());
        Assert.Equal(
            $"Aggregation:Strategy is \"Best\"; it must be one of {string.Join(", ", StrategyRegistry.Names)}.",
            Assert.Single((Standard with { Strategy = "Best", Threads = 0 }).Problems()));
    }

    [Fact]
    public void Options_that_are_right_come_back_and_the_first_problem_of_others_is_thrown()
    {
        Assert.Same(Standard, Standard.Validated());
        Assert.Equal(
            "Aggregation:Ridge is 1; it must be 1e-8 … 1e-2.",
            Assert.Throws<ArgumentException>(() => (Standard with { Ridge = 1, Threads = 0 }).Validated()).Message);
    }

    [Fact]
    public void The_papers_solver_needs_FloraNA_somewhere()
    {
        AggregationOptions literal = Standard with { PaperLiteral = true, Strategy = "FedIT" };

        Assert.Equal("Aggregation:PaperLiteral is true; it must be false without FloraNA among the strategies.", Assert.Single(literal.Problems()));
        Assert.Empty((literal with { ModuleStrategies = [new ModuleStrategy("*.value", "floraNA")] }).Problems());
        Assert.Empty((literal with { PaperLiteral = false }).Problems());
    }

    [Theory]
    [InlineData(ServerStep.Fixed, "fixed")]
    [InlineData(ServerStep.FedExp, "fedexp")]
    public void Momentum_needs_a_step_that_carries_it_on(ServerStep step, string name) => Assert.Equal(
        $"Aggregation:Momentum is 0.5; it must be 0 with Aggregation:ServerStep {name}, which carries nothing on.",
        Assert.Single((Standard with { Momentum = 0.5, ServerStep = step }).Problems()));

    [Fact]
    public void A_strategy_that_keeps_Bs_goes_with_nothing_that_compares_products()
    {
        AggregationOptions own = Standard with { Strategy = "FedSaLora" };

        Assert.Empty(own.Problems());
        Assert.Equal(
            "Aggregation:ServerStep is fedexp; it must be fixed with FedSaLora: FedExP compares products, and agents that keep their B send none.",
            Assert.Single((own with { ServerStep = ServerStep.FedExp }).Problems()));
        Assert.Equal(
            "Aggregation:Robust is multi-krum; it must be none with FedSaLora: robust rules compare products, and agents that keep their B send "
                + "none.",
            Assert.Single((own with { Robust = RobustRule.MultiKrum }).Problems()));
        Assert.Empty((Standard with { Robust = RobustRule.MultiKrum, ServerStep = ServerStep.FedExp }).Problems());
    }

    [Theory]
    [InlineData("FedIT")]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    [InlineData("FlexLora")]
    [InlineData("MomentTilt")]
    [InlineData("FedRot")]
    [InlineData("Auto")]
    public void Steps_that_remember_go_with_every_strategy_whose_split_is_free(string strategy) => Assert.Empty(
        (Standard with { Strategy = strategy, ServerStep = ServerStep.FedYogi, Momentum = 0.9 }).Problems());
}
