using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>Variants whose adapters carry more than factors, and tensors trained in full.</summary>
public sealed class SavedTensorsTests
{
    private const string Magnitude = Given.Module + ".lora_magnitude_vector";

    [Theory]
    [InlineData("FedIT")]
    [InlineData("FloraNA")]
    [InlineData("OptimalRank")]
    public void DoRA_merges_directions_as_LoRA_and_magnitudes_by_weighted_mean(string strategy)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 3, rank: 2, inputs: 12, outputs: 4);
        Update[] dora = [.. updates.Select((u, i) => u with { Adapter = Dora(u.Adapter, [1 + i, 2, 3, 10 * i]) })];

        LoraAdapter merged = Aggregator.Aggregate(Given.Options(strategy), Dora(broadcast, [1, 1, 1, 1]), dora).Global;

        Assert.True(AggregatorTests.SameBits(Aggregator.Aggregate(Given.Options(strategy), broadcast, updates).Global, merged));
        Assert.Equal(AdapterVariant.Dora, merged.Settings.Variant);
        double total = updates.Sum(u => u.Weight);
        double second = updates[1].Weight / total;
        double third = updates[2].Weight / total;
        // Means of small numbers, rounded once to single precision.
        Assert.Equal(1 + second + (2 * third), merged.Saved[Magnitude].Values[0], tolerance: 1e-6);
        Assert.Equal(2, merged.Saved[Magnitude].Values[1], tolerance: 1e-6);
        Assert.Equal((10 * second) + (20 * third), merged.Saved[Magnitude].Values[3], tolerance: 1e-5);
    }

    [Fact]
    public void HiRA_is_linear_in_its_product_and_merges_as_LoRA()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 4, rank: 3, inputs: 20, outputs: 16);
        double[,] ideal = DenseReference.Ideal(broadcast, updates, Given.Module);

        AggregationResult merged = Aggregator.Aggregate(
            Given.Options("OptimalRank"), Hira(broadcast), [.. updates.Select(u => u with { Adapter = Hira(u.Adapter) })]);

        Assert.Equal(AdapterVariant.Hira, merged.Global.Settings.Variant);
        Assert.Equal(DenseReference.Bound(ideal, 3), DenseReference.Error(merged.Global.Modules[Given.Module], ideal), tolerance: 1e-6);
    }

    [Fact]
    public void Another_variant_than_the_broadcast_one_is_refused()
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents: 2, rank: 2, inputs: 8, outputs: 4);

        Assert.Equal(
            "agent-0000: the adapter's variant is Lora, the broadcast one's is Hira.", UpdateCheck.Refusal(Hira(broadcast), updates[0]));
    }

    [Fact]
    public void Rows_of_a_head_are_averaged_by_the_examples_of_their_label()
    {
        LoraAdapter broadcast = WithHead(Given.Single(Given.Factors(2, 8, 6, 1)), [[9, 9], [9, 9], [9, 9]]);
        Update[] updates =
        [
            new Update("a", 10, WithHead(Given.Single(Given.Factors(2, 8, 6, 2)), [[1, 2], [1, 2], [1, 2]])) { ClassCounts = [10, 0, 0] },
            new Update("b", 30, WithHead(Given.Single(Given.Factors(2, 8, 6, 3)), [[5, 6], [5, 6], [5, 6]])) { ClassCounts = [10, 20, 0] },
        ];

        float[] head =
            Aggregator.Aggregate(Given.Options() with { PerClassHeads = true }, broadcast, updates).Global.Saved["classifier.weight"].Values;
        float[] plain = Aggregator.Aggregate(Given.Options(), broadcast, updates).Global.Saved["classifier.weight"].Values;

        // Label 0: ten examples each. Label 1: only b has any. Label 2: nobody has, the broadcast row stays.
        Assert.Equal([3, 4, 5, 6, 9, 9], head);
        Assert.Equal([4, 5, 4, 5, 4, 5], plain);
    }

    /// <summary>Row c is Σ wᵢ·pᵢ(c)·rowᵢ / Σ wᵢ·pᵢ(c), wᵢ = nᵢ^β and pᵢ(c) the share of label c with agent i; here as it is written.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(0)]
    public void Rows_of_a_head_are_the_means_that_a_slow_sum_gives(double exponent)
    {
        const int Labels = 7;
        const int Width = 5;
        double[][] counts = [[3, 0, 1, 9, 0, 0, 2], [0, 4, 1, 0, 0, 0, 11], [40, 0, 0, 1, 6, 0, 2], [0, 0, 5, 0, 0, 0, 0]];
        float[][][] heads = [.. Enumerable.Range(0, 5).Select(agent => Rows(agent, Labels, Width))];
        LoraAdapter broadcast = WithHead(Given.Single(Given.Factors(2, 8, 6, 1)), heads[4]);
        Update[] updates =
        [
            .. counts.Select((of, i) =>
                new Update($"agent-{i}", of.Sum(), WithHead(Given.Single(Given.Factors(2, 8, 6, (ulong)i + 2)), heads[i])) { ClassCounts = of }),
        ];
        AggregationOptions options = Given.Options() with { PerClassHeads = true, WeightExponent = exponent, ClipFactor = 0 };

        float[] head = Aggregator.Aggregate(options, broadcast, updates).Global.Saved["classifier.weight"].Values;

        for (int label = 0; label < Labels; label++)
        {
            double[] weights = [.. counts.Select(of => Math.Pow(of.Sum(), exponent) * of[label] / of.Sum())];
            for (int column = 0; column < Width; column++)
            {
                double expected = weights.Sum() == 0
                    ? heads[4][label][column]
                    : weights.Select((weight, i) => weight * heads[i][label][column]).Sum() / weights.Sum();
                // One rounding to single precision of values below 2.
                Assert.Equal(expected, head[(label * Width) + column], tolerance: 2e-7);
            }
        }
    }

    [Fact]
    public void Heads_are_averaged_whole_where_an_agent_counts_no_classes()
    {
        LoraAdapter broadcast = WithHead(Given.Single(Given.Factors(2, 8, 6, 1)), [[9, 9], [9, 9], [9, 9]]);
        Update[] updates =
        [
            new Update("a", 10, WithHead(Given.Single(Given.Factors(2, 8, 6, 2)), [[1, 2], [1, 2], [1, 2]])) { ClassCounts = [10, 0, 0] },
            new Update("b", 30, WithHead(Given.Single(Given.Factors(2, 8, 6, 3)), [[5, 6], [5, 6], [5, 6]])),
        ];

        Assert.Equal(
            [4, 5, 4, 5, 4, 5],
            Aggregator.Aggregate(Given.Options() with { PerClassHeads = true }, broadcast, updates).Global.Saved["classifier.weight"].Values);
    }

    private static LoraAdapter Dora(LoraAdapter adapter, float[] magnitudes) => new(
        adapter.Settings with { Variant = AdapterVariant.Dora }, adapter.Modules,
        [KeyValuePair.Create(Magnitude, new DenseTensor([magnitudes.Length], magnitudes))]);

    private static LoraAdapter Hira(LoraAdapter adapter) => new(adapter.Settings with { Variant = AdapterVariant.Hira }, adapter.Modules);

    private static float[][] Rows(int agent, int labels, int width) =>
    [
        .. Enumerable.Range(0, labels).Select(label =>
            (float[])[.. Enumerable.Range(0, width).Select(column => (float)Math.Sin(1 + (31 * agent) + (7 * label) + column))]),
    ];

    private static LoraAdapter WithHead(LoraAdapter adapter, float[][] rows) => new(
        adapter.Settings with { ModulesToSave = ["classifier"] },
        adapter.Modules,
        [KeyValuePair.Create("classifier.weight", new DenseTensor([rows.Length, rows[0].Length], [.. rows.SelectMany(row => row)]))]);
}
