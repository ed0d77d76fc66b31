using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Aggregation.Tests.Robust;

/// <summary>The design's table of attacks: five of twenty agents hostile, the honest ones very different from each other, and how far each rule's result is from the honest mean.</summary>
public sealed class AttackTableTests
{
    private const int Honest = 15;
    private const int Hostile = 5;

    [Theory]
    [InlineData("none", 0, 0.44, 0.40, 0.35, 0.33)]
    [InlineData("x10", 2.59, 0.26, 0, 0.20, 0.19)]
    [InlineData("flip", 1.07, 0.70, 0.58, 0.53, 0.49)]
    [InlineData("noise", 0.57, 0.48, 0.45, 0.41, 0.34)]
    [InlineData("collusion", 0.72, 0.76, 0.65, 0.56, 0.54)]
    public void Every_rule_holds_its_line_of_the_table(string attack, double mean, double clip, double krum, double median, double centred)
    {
        // The table is of other made-up agents: half to one and a half times its values is the same order.
        AssertNear(mean, attack, Rule());
        AssertNear(clip, attack, Rule() with { ClipFactor = 1 });
        AssertNear(krum, attack, Rule() with { Robust = RobustRule.MultiKrum });
        AssertNear(median, attack, Rule() with { Robust = RobustRule.GeometricMedian });
        AssertNear(centred, attack, Rule() with { Robust = RobustRule.CentredClipping });
    }

    [Fact]
    public void The_default_cuts_a_large_attack_and_hardly_moves_honest_agents()
    {
        AggregationOptions normal = Rule() with { ClipFactor = new AggregationOptions().ClipFactor };

        Assert.InRange(ErrorOf("none", normal), 0, 0.1);
        Assert.InRange(ErrorOf("x10", normal), 0, ErrorOf("x10", Rule()) / 4);
    }

    // Robust rules only re-weigh, and FloraStack loses nothing: its error is the rule's own.
    private static AggregationOptions Rule() => Given.Options("FloraStack") with { ClipFactor = 0, HostileShare = 0.25 };

    private static void AssertNear(double expected, string attack, AggregationOptions rule)
    {
        double error = ErrorOf(attack, rule);
        Assert.True(error >= (0.5 * expected) - 1e-6 && error <= (1.5 * expected) + 1e-6, $"{attack}, {rule.Robust}, {rule.ClipFactor}: {error} instead of {expected}");
    }

    private static double ErrorOf(string attack, AggregationOptions rule) => new ulong[] { 1, 2, 3 }.Average(seed => ErrorOf(attack, rule, seed));

    private static double ErrorOf(string attack, AggregationOptions rule, ulong seed)
    {
        (LoraAdapter broadcast, Update[] all) = Given.Round(Honest + Hostile, rank: 4, inputs: 40, outputs: 36, seed: seed);
        all = [.. all.Select(update => update with { Weight = 1 })];
        Update[] honest = attack == "none" ? all : all[..Honest];
        Update[] updates = [.. honest, .. all[honest.Length..].Select((update, i) => Attacked(attack, update, honest, (ulong)i))];
        double[,] truth = DenseReference.Ideal(broadcast, honest, Given.Module);
        return DenseReference.Error(Aggregator.Aggregate(rule, broadcast, updates).BaseDelta[Given.Module], truth);
    }

    private static Update Attacked(string attack, Update update, Update[] honest, ulong seed) => attack switch
    {
        "x10" => Given.Times(update, 1, 10),
        "flip" => Given.Times(update, 1, -3),
        "noise" => update with { Adapter = Noisy(update.Adapter, seed) },
        "collusion" => update with { Adapter = Given.Times(Mean(honest), 1, -1) },
        _ => update,
    };

    private static LoraAdapter Noisy(LoraAdapter adapter, ulong seed)
    {
        LoraFactors factors = adapter.Modules[Given.Module];
        double size = 1.7 * Math.Sqrt(factors.B.Values.ToArray().Average(value => (double)value * value));
        return Given.Single(new LoraFactors(factors.A, Given.Gaussian(factors.Outputs, factors.Rank, size, new SeededRandom(seed + 70))));
    }

    private static LoraAdapter Mean(Update[] honest) =>
        Aggregator.Aggregate(Given.Options("OptimalRank"), Given.Single(honest[0].Adapter.Modules[Given.Module]), honest).Global;
}
