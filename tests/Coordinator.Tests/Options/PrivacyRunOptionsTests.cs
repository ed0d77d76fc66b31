using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Options;

public sealed class PrivacyRunOptionsTests : IDisposable
{
    private static readonly PrivacyRunOptions Plain = new() { NoiseMultiplier = 1, ClipNorm = 0.2, Budget = 50, SamplingRate = 0.6 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<Func<CoordinatorOptions, CoordinatorOptions>, string> Wrong => new()
    {
        { o => o with { Privacy = Plain with { NoiseMultiplier = 0 } }, "Privacy:NoiseMultiplier is 0; it is a number from" },
        { o => o with { Privacy = Plain with { ClipNorm = double.NaN } }, "Privacy:ClipNorm is NaN" },
        { o => o with { Privacy = Plain with { Budget = double.PositiveInfinity } }, "Privacy:Budget is Infinity" },
        { o => o with { Privacy = Plain with { Delta = -1 } }, "Privacy:Delta is -1" },
        { o => o with { Privacy = Plain with { SamplingRate = 1.1 } }, "Privacy:SamplingRate is 1.1; it is a number from" },
        { o => o with { Privacy = Plain with { Delta = 0.4 } }, "Privacy:Delta is 0.4; it must be well below one over Rounds:MinAgents (3)" },
        { o => o with { Privacy = Plain with { SamplingRate = 0.2 } }, "Privacy:SamplingRate is 0.2; with Rounds:MinAgents 3 that draws less than one agent a round: it must be at least 0.333." },
        { o => o with { Privacy = Plain with { Budget = 1 } }, "Privacy:Budget is 1; the first round alone spends ε = 4." },
        { o => o with { Rounds = o.Rounds with { AgentsPerRound = 2 } }, "Rounds:AgentsPerRound is 2; in a private run it is 0: agents are drawn at Privacy:SamplingRate" },
        { o => o with { Aggregation = o.Aggregation with { ModuleStrategies = [new("*.value", "RoLora")] } }, "Aggregation:ModuleStrategies is not empty" },
        { o => o with { Aggregation = o.Aggregation with { PerClassHeads = true } }, "Aggregation:PerClassHeads is true" },
        { o => o with { Aggregation = o.Aggregation with { ServerRate = 0.5 } }, "Aggregation:ServerRate is 0.5" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_that_does_not_go_with_privacy_is_named(Func<CoordinatorOptions, CoordinatorOptions> but, string start)
    {
        CoordinatorOptionsException wrong = Assert.Throws<CoordinatorOptionsException>(but(Settings.Private(folder)).Validate);

        Assert.StartsWith(start, Assert.Single(wrong.Message.Split(Environment.NewLine)), StringComparison.Ordinal);
    }

    public static TheoryData<string> Strategies => [.. StrategyRegistry.Names];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Strategies_that_publish_a_plain_sum_are_allowed_and_no_others(string strategy)
    {
        CoordinatorOptions options = Settings.Private(folder) with { Aggregation = new AggregationOptions { Strategy = strategy } };

        if (StrategyRegistry.NamesThatAllowNoise.Contains(strategy))
        {
            options.Validate();
        }
        else
        {
            Assert.StartsWith(
                $"Aggregation:Strategy is \"{strategy}\"; with differential privacy",
                Assert.Throws<CoordinatorOptionsException>(options.Validate).Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(8, "3 of 8 rounds, which spend 7.75")]
    [InlineData(3, "3 of 3 rounds, which spend 7.75")]
    [InlineData(1, "1 of 1 rounds, which spend 4.32")]
    public void The_guarantee_is_told_with_the_rounds_that_the_budget_covers(int rounds, string reach)
    {
        var privacy = new PrivacyRunOptions { NoiseMultiplier = 1, ClipNorm = 0.5, Budget = 9, SamplingRate = 0.7 };

        Assert.Equal(
            $"private for each agent: drawn with probability 0.7, change cut to 0.5, noise of 0.5 on the sum, divided by 70; the budget of ε = 9 at "
            + $"δ = 1e-5 covers {reach}",
            privacy.Describe(new RoundOptions { Count = rounds, MinAgents = 100 }));
    }

    /// <summary>The figures of the accountant's check values (design D2), q = 1, σ = 5: 50 rounds spend 7.088.</summary>
    [Fact]
    public void The_budget_covers_as_many_rounds_as_the_accountant_says()
    {
        var privacy = new PrivacyRunOptions { NoiseMultiplier = 5, ClipNorm = 1, Budget = 7.089 };

        Assert.True(privacy.CoversOneAfter(49));
        Assert.False(privacy.CoversOneAfter(50));
        Assert.StartsWith(
            "the privacy budget is spent after 50 rounds: ε = 7.09 of 7.089 at δ = 1e-5; one more would come to 7.",
            privacy.SpentAfter(50),
            StringComparison.Ordinal);
    }
}
