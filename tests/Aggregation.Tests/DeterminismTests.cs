using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>The same bits for any order of arrival and any number of threads, at shapes that are cut into several slices and blocks.</summary>
public sealed class DeterminismTests
{
    public static TheoryData<string, TruncationMethod> Ways
    {
        get
        {
            var ways = new TheoryData<string, TruncationMethod>();
            foreach (string strategy in StrategyRegistry.Names)
            {
                ways.Add(strategy, TruncationMethod.Randomised);
                ways.Add(strategy, TruncationMethod.Dense);
            }

            return ways;
        }
    }

    public static TheoryData<string, RobustRule> Rules
    {
        get
        {
            var rules = new TheoryData<string, RobustRule>();
            foreach (string strategy in StrategyRegistry.Names)
            {
                foreach (RobustRule rule in Enum.GetValues<RobustRule>())
                {
                    // Agents that keep their B send no products to compare.
                    if (rule == RobustRule.None || !StrategyRegistry.NeedsOf(strategy, 1).KeepB)
                    {
                        rules.Add(strategy, rule);
                    }
                }
            }

            return rules;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Order_and_threads_change_no_bit_of_any_strategy(string strategy, TruncationMethod method)
    {
        // 36 agents of rank 16 are too many directions for pairwise blocks; 1,100 inputs are three slices.
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 36, rank: 16, inputs: 1100, outputs: 600);
        updates = Given.Obedient(strategy, broadcast, updates);
        AggregationOptions options = Given.Options(strategy) with { Method = method, Gauge = Gauge.Principal, ClipFactor = 3 };
        AggregationResult expected = Aggregator.Aggregate(options, broadcast, updates);

        foreach (int threads in new[] { 2, 5 })
        {
            Update[] shuffled = [.. updates];
            new SeededRandom((ulong)threads).Shuffle<Update>(shuffled);
            AggregationResult actual = Aggregator.Aggregate(options with { Threads = threads }, broadcast, shuffled);

            Assert.True(AggregatorTests.SameBits(expected.Global, actual.Global), $"{threads} threads");
            Assert.Equal(expected.Divergence, actual.Divergence);
            Assert.Equal(expected.BaseDelta.Keys, actual.BaseDelta.Keys);
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Order_and_threads_change_no_bit_in_any_gauge_under_any_robust_rule(string strategy, RobustRule rule)
    {
        // One agent to clip, one to repair.
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 9, rank: 3, inputs: 70, outputs: 50);
        updates[2] = Given.Times(updates[2], 1, 30);
        updates[5] = Given.Times(updates[5], -1, -1);
        updates = Given.Obedient(strategy, broadcast, updates);
        foreach (Gauge gauge in Enum.GetValues<Gauge>())
        {
            AggregationOptions options = Given.Options(strategy) with { Gauge = gauge, Robust = rule, ClipFactor = 3, Method = TruncationMethod.Randomised };
            AggregationResult expected = Aggregator.Aggregate(options, broadcast, updates);
            Update[] shuffled = [.. updates];
            new SeededRandom((ulong)gauge + 1).Shuffle<Update>(shuffled);

            AggregationResult actual = Aggregator.Aggregate(options with { Threads = 4 }, broadcast, shuffled);

            Assert.True(AggregatorTests.SameBits(expected.Global, actual.Global), $"{gauge}");
            Assert.Equal(expected.Weights, actual.Weights);
            Assert.Equal(expected.BaseDelta.Keys, actual.BaseDelta.Keys);
            Assert.All(expected.BaseDelta, delta => Assert.True(delta.Value.B.Values.SequenceEqual(actual.BaseDelta[delta.Key].B.Values)));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_module_has_the_same_bits_alone_and_among_others_of_its_shape(string strategy, TruncationMethod method)
    {
        // What one module published must not be among the memory the next one takes.
        string[] names = ["layer.0.key", "layer.0.query", "layer.0.value"];
        (LoraAdapter Broadcast, Update[] Updates)[] rounds = [.. names.Select((_, i) => Given.Round(agents: 6, rank: 3, inputs: 70, outputs: 50, seed: (ulong)i + 1))];
        rounds = [.. rounds.Select(round => (round.Broadcast, Given.Obedient(strategy, round.Broadcast, round.Updates)))];
        foreach (Gauge gauge in Enum.GetValues<Gauge>())
        {
            AggregationOptions options = Given.Options(strategy) with { Method = method, Gauge = gauge };
            LoraAdapter together = Merged([0, 1, 2]);

            foreach (int i in new[] { 0, 1, 2 })
            {
                LoraFactors alone = Merged([i]).Modules[names[i]];
                Assert.True(alone.A.Values.SequenceEqual(together.Modules[names[i]].A.Values), $"A of {names[i]}, {gauge}");
                Assert.True(alone.B.Values.SequenceEqual(together.Modules[names[i]].B.Values), $"B of {names[i]}, {gauge}");
            }

            // Shares are those of the first module's agents throughout.
            LoraAdapter Merged(int[] modules) => Aggregator.Aggregate(
                options,
                Joined(modules, i => rounds[i].Broadcast),
                [.. rounds[0].Updates.Select((update, u) => update with { Adapter = Joined(modules, i => rounds[i].Updates[u].Adapter) })]).Global;
        }

        LoraAdapter Joined(int[] modules, Func<int, LoraAdapter> of) => Given.Adapter([.. modules.Select(i => (names[i], of(i).Modules[Given.Module]))]);
    }

    [Fact]
    public void The_second_merge_in_a_process_gives_the_bits_of_the_first()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 36, rank: 16, inputs: 1100, outputs: 600);
        AggregationOptions options = Given.Options("OptimalRank") with { Method = TruncationMethod.Randomised, Threads = 2 };

        // Memory is used again: whatever it holds must not show.
        LoraAdapter first = Aggregator.Aggregate(options, broadcast, updates).Global;
        LoraAdapter second = Aggregator.Aggregate(options, broadcast, updates).Global;

        Assert.True(AggregatorTests.SameBits(first, second));
    }
}
