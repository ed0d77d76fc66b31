using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Privacy;

namespace EdgeFlora.Aggregation.Tests.Privacy;

public sealed class PrivateAggregationTests
{
    private static readonly PrivacyOptions Options = new()
    {
        ClipNorm = 0.5,
        NoiseMultiplier = 1,
        Delta = 1e-5,
        Budget = 10,
        SamplingRate = 0.1,
        SamplesAtRandom = true,
        Population = 100,
    };

    [Fact]
    public void A_run_without_random_sampling_is_not_called_private()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 8, outputs: 8);

        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => PrivateAggregation.Aggregate(
                Given.Options("FedIT"), Options with { SamplesAtRandom = false }, broadcast, updates, turn: 1, sums: 1, Key(1)));

        Assert.StartsWith("Privacy:SamplesAtRandom is false", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_agent_moves_the_sum_by_more_than_the_clip_norm()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 12, rank: 2, inputs: 8, outputs: 8, spread: 1);
        Update[] huge = [.. updates];
        huge[3] = huge[3] with { Adapter = Given.Single(Scaled(huge[3].Adapter.Modules[Given.Module], 1e6f)), Weight = 1e9 };
        Update[] without = [.. updates.Where((_, i) => i != 3)];

        LoraAdapter with = PrivateAggregation.Aggregate(Given.Options("FedIT"), Options, broadcast, huge, 1, 1, Key(4)).Global;
        LoraAdapter rest = PrivateAggregation.Aggregate(Given.Options("FedIT"), Options, broadcast, without, 1, 1, Key(4)).Global;

        // Same noise in both: the difference is the clipped change over the expected number of agents, 0.1 · 100.
        Assert.Equal(0.5 / 10, Length(with, rest), tolerance: 1e-6);
    }

    [Fact]
    public void Noise_has_the_deviation_it_claims()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 2, rank: 8, inputs: 200, outputs: 200);

        LoraAdapter noisy = PrivateAggregation.Aggregate(Given.Options("FedIT"), Options, broadcast, updates, 1, 1, Key(4)).Global;
        LoraAdapter quiet = PrivateAggregation.Aggregate(Given.Options("FedIT"), Options with { NoiseMultiplier = 1e-6, Budget = 1e30 }, broadcast, updates, 1, 1, Key(4)).Global;

        // 3,200 values: the sample deviation is within 1/√(2·3200) = 1.3 % at one deviation, four allowed.
        double deviation = Length(noisy, quiet) / Math.Sqrt(8 * 400);
        Assert.InRange(deviation / (0.5 / 10), 0.95, 1.05);
    }

    [Fact]
    public void A_round_beyond_the_budget_is_refused()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 8, outputs: 8);

        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => PrivateAggregation.Aggregate(Given.Options("FedIT"), Options with { Budget = 2 }, broadcast, updates, turn: 1, sums: 500, Key(1)));

        Assert.StartsWith("Privacy:Budget is 2; noisy sum 500 would spend", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    [InlineData("MomentTilt")]
    public void Strategies_that_look_at_single_agents_are_refused(string strategy)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 8, outputs: 8);

        Assert.Throws<ArgumentException>(() => PrivateAggregation.Aggregate(Given.Options(strategy), Options, broadcast, updates, 1, 1, Key(1)));
    }

    public static TheoryData<Func<AggregationOptions, AggregationOptions>, string> Unfit => new()
    {
        { o => o with { ModuleStrategies = [new("*.value", "FedIT")] }, "Aggregation:ModuleStrategies is not empty" },
        { o => o with { Strategy = "OptimalRank" }, "Aggregation:Strategy is \"OptimalRank\"; with differential privacy it must be one that "
            + "publishes a plain sum of factors: FedIT, FedSaLora, FedSvd, FfaLora, RoLora." },
        { o => o with { Robust = RobustRule.MultiKrum }, "Aggregation:Robust is multi-krum" },
        { o => o with { PerClassHeads = true }, "Aggregation:PerClassHeads is true" },
        { o => o with { ServerRate = 0.5 }, "Aggregation:ServerRate is 0.5" },
        { o => o with { Momentum = 0.5 }, "Aggregation:Momentum is 0.5" },
        { o => o with { ServerStep = ServerStep.FedExp }, "Aggregation:ServerStep is fedexp; with differential privacy it must be fixed: its" },
        { o => o with { ServerStep = ServerStep.FedYogi }, "Aggregation:ServerStep is fedyogi; with differential privacy it must be fixed: it" },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void Settings_that_would_spoil_the_bound_are_named(Func<AggregationOptions, AggregationOptions> but, string start) =>
        Assert.StartsWith(start, PrivateAggregation.Refusal(but(Given.Options("FedIT"))), StringComparison.Ordinal);

    [Fact]
    public void Weights_and_the_order_of_updates_change_nothing()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 5, rank: 2, inputs: 8, outputs: 8);
        Update[] other = [.. updates.Reverse().Select((update, i) => update with { Weight = 1 + i })];

        LoraAdapter expected = PrivateAggregation.Aggregate(Given.Options("FedIT"), Options, broadcast, updates, 1, 1, Key(4)).Global;

        Assert.Equal(0, Length(expected, PrivateAggregation.Aggregate(Given.Options("FedIT"), Options, broadcast, other, 1, 1, Key(4)).Global));
        Assert.NotEqual(0, Length(expected, PrivateAggregation.Aggregate(Given.Options("FedIT"), Options, broadcast, updates, 1, 1, Key(5)).Global));
    }

    [Theory]
    [InlineData("FedIT", true, true)]
    [InlineData("FfaLora", false, true)]
    [InlineData("FedSaLora", true, false)]
    public void A_round_without_updates_is_noise_on_the_factors_that_are_trained(string strategy, bool movesA, bool movesB)
    {
        (LoraAdapter broadcast, _) = Given.Round(agents: 1, rank: 8, inputs: 200, outputs: 200);

        LoraFactors noise = PrivateAggregation.Aggregate(Given.Options(strategy) with { Gauge = Gauge.Anchored }, Options, broadcast, [], 1, 1, Key(4)).Global.Modules[Given.Module];

        LoraFactors start = broadcast.Modules[Given.Module];
        Assert.Equal(movesA, !noise.A.Values.SequenceEqual(start.A.Values));
        Assert.Equal(movesB, !noise.B.Values.SequenceEqual(start.B.Values));
    }

    /// <summary>DoRA's magnitudes and a trained head are part of what an agent sends.</summary>
    [Fact]
    public void Magnitudes_and_heads_are_cut_with_the_factors_and_get_noise_as_they_do()
    {
        LoraAdapter broadcast = WithSaved(magnitude: 1, head: 0);
        LoraAdapter quiet = PrivateAggregation.Aggregate(Given.Options("FfaLora"), Options, broadcast, [], 1, 1, Key(4)).Global;

        // Away by 3 and 4 in each of 100 places: a change of length 50, of which 0.5 over the expected ten agents is left.
        LoraAdapter moved = PrivateAggregation.Aggregate(
            Given.Options("FfaLora"), Options, broadcast, [new Update("a", 1, WithSaved(magnitude: 4, head: 4))], 1, 1, Key(4)).Global;

        foreach ((string name, int part) in new[] { (Magnitude, 3), (Head, 4) })
        {
            float[] noise = quiet.Saved[name].Values;
            Assert.All(noise.Zip(broadcast.Saved[name].Values), value => Assert.NotEqual(value.Second, value.First));
            // Single precision about 1.
            Assert.All(
                moved.Saved[name].Values.Zip(noise), value => Assert.Equal(part / 50.0 * 0.5 / 10, value.First - value.Second, tolerance: 1e-6));
        }
    }

    private const string Magnitude = Given.Module + ModuleNames.MagnitudeSuffix;
    private const string Head = "classifier.weight";

    private static LoraAdapter WithSaved(float magnitude, float head) => new(
        new LoraSettings { Rank = 2, Alpha = 4, Variant = AdapterVariant.Dora, TargetModules = ["query"], ModulesToSave = ["classifier"] },
        [KeyValuePair.Create(Given.Module, Given.Factors(rank: 2, inputs: 8, outputs: 100, seed: 1))],
        [
            KeyValuePair.Create(Magnitude, new DenseTensor([100], [.. Enumerable.Repeat(magnitude, 100)])),
            KeyValuePair.Create(Head, new DenseTensor([10, 10], [.. Enumerable.Repeat(head, 100)])),
        ]);

    private static byte[] Key(byte first) => [first, .. new byte[31]];

    private static LoraFactors Scaled(LoraFactors factors, float by)
    {
        LoraFactors scaled = factors.Clone();
        foreach (ref float value in scaled.B.Values)
        {
            value *= by;
        }

        return scaled;
    }

    private static double Length(LoraAdapter x, LoraAdapter y)
    {
        double sum = 0;
        foreach ((string name, LoraFactors factors) in x.Modules)
        {
            for (int i = 0; i < factors.A.Values.Length; i++)
            {
                sum += Math.Pow(factors.A.Values[i] - y.Modules[name].A.Values[i], 2);
            }

            for (int i = 0; i < factors.B.Values.Length; i++)
            {
                sum += Math.Pow(factors.B.Values[i] - y.Modules[name].B.Values[i], 2);
            }
        }

        return Math.Sqrt(sum);
    }
}
