using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Streaming;

namespace EdgeFlora.Aggregation.Tests.Streaming;

public sealed class AdapterMergeTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-merge-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("FedIT", TruncationMethod.Qr)]
    [InlineData("OptimalRank", TruncationMethod.Randomised)]
    [InlineData("OptimalRank", TruncationMethod.Dense)]
    [InlineData("FloraNA", TruncationMethod.Randomised)]
    [InlineData("MomentTilt", TruncationMethod.Qr)]
    public void Reading_in_small_batches_gives_what_memory_gives(string strategy, TruncationMethod method)
    {
        (string[] folders, double[] weights, double[,] ideal) = Folders(agents: 9);
        var request = new MergeRequest { Folders = folders, Weights = weights, Options = Given.Options(strategy) with { Method = method } };

        MergeResult whole = Merge(request);
        MergeResult small = Merge(request with { MemoryBytes = 20_000 });

        double error = DenseReference.Error(small.Global.Modules[Given.Module], ideal);
        Assert.Equal(DenseReference.Error(whole.Global.Modules[Given.Module], ideal), error, tolerance: 1e-4);
        // In batches the energy is estimated; a tail of some twenty directions is known to within ten percent.
        Assert.InRange(small.Divergence.Used / error, 0.8, 1.2);
    }

    [Fact]
    public void FLoRA_NAs_error_is_reported_beside_other_strategies_also_from_disk()
    {
        (string[] folders, double[] weights, _) = Folders(agents: 9);
        AggregationOptions options = Given.Options("OptimalRank") with { Method = TruncationMethod.Randomised };
        var request = new MergeRequest { Folders = folders, Weights = weights, Options = options, MemoryBytes = 20_000 };

        double expected = Merge(request with { Options = options with { Strategy = "FloraNA" } }).Modules[0].ErrUsed;

        // The energy is estimated from the same probes in both; the scalars' own error is found with pairs, the published one with the map.
        Assert.Equal(expected, Merge(request).Modules[0].ErrFloraNa!.Value, tolerance: 1e-3);
        Assert.Null(Merge(request with { Options = options with { CompareFloraNa = false } }).Modules[0].ErrFloraNa);
    }

    [Theory]
    [InlineData(1e30f, 1e30f)]
    [InlineData(1e-30f, 1e-30f)]
    [InlineData(1e30f, 1e-30f)]
    public void Folders_far_from_one_are_clipped_and_merged_as_others(float a, float b)
    {
        (LoraAdapter _, Update[] updates) = Given.Round(agents: 6, rank: 3, inputs: 40, outputs: 36);
        updates[1] = Given.Times(updates[1], 1, 100);
        string[] plain = [.. updates.Select(u => Write(u.AgentId, u.Adapter))];
        string[] scaled = [.. updates.Select(u => Write("far-" + u.AgentId, Given.Times(u.Adapter, a, b)))];
        foreach (TruncationMethod method in Enum.GetValues<TruncationMethod>())
        {
            AggregationOptions options = Given.Options("OptimalRank") with { ClipFactor = 3, Method = method };

            MergeResult expected = Merge(new MergeRequest { Folders = plain, Options = options });
            MergeResult actual = Merge(new MergeRequest { Folders = scaled, Options = options });

            Assert.All(expected.Weights.Zip(actual.Weights), pair => Assert.Equal(pair.First.Clip, pair.Second.Clip, tolerance: 1e-3));
            Assert.Equal(expected.Divergence.Used, actual.Divergence.Used, tolerance: 1e-3);
        }
    }

    [Fact]
    public void Order_of_folders_changes_no_bit()
    {
        (string[] folders, double[] weights, _) = Folders(agents: 5);
        var request = new MergeRequest { Folders = folders, Weights = weights, Options = Given.Options() };

        LoraAdapter first = Merge(request).Global;
        LoraAdapter second = Merge(request with { Folders = [.. folders.Reverse()], Weights = [.. weights.Reverse()] }).Global;

        Assert.True(AggregatorTests.SameBits(first, second));
    }

    [Fact]
    public void Half_precision_folders_of_different_ranks_are_merged()
    {
        string a = Write("a", Given.Single(Given.Factors(2, 20, 16, 1)), TensorType.F16);
        string b = Write("b", Given.Single(Given.Factors(4, 20, 16, 2)), TensorType.BF16);
        LoraAdapter[] read = [PeftFolder.Read(a), PeftFolder.Read(b)];
        double[,] ideal = DenseReference.Ideal(read[1], [new Update("a", 1, read[0]), new Update("b", 1, read[1])], Given.Module);

        MergeResult merged = Merge(new MergeRequest { Folders = [a, b], Options = Given.Options("OptimalRank") });

        Assert.Equal(4, merged.Global.Settings.Rank);
        Assert.Equal(DenseReference.Bound(ideal, 4), DenseReference.Error(merged.Global.Modules[Given.Module], ideal), tolerance: 1e-6);
    }

    [Fact]
    public void An_energy_target_chooses_the_rank()
    {
        (string[] folders, double[] weights, double[,] ideal) = Folders(agents: 5);
        AggregationOptions options = Given.Options("OptimalRank") with { KeptEnergy = 0.99, Gauge = Gauge.Principal };

        MergeResult merged = Merge(new MergeRequest { Folders = folders, Weights = weights, Options = options });

        int rank = merged.Global.Settings.Rank;
        Assert.InRange(DenseReference.Bound(ideal, rank), 0, 0.1);
        Assert.True(DenseReference.Bound(ideal, rank - 1) > 0.1);
        Assert.Equal(rank, merged.Global.Modules[Given.Module].Rank);
    }

    [Fact]
    public void Folders_of_another_model_are_refused_by_name()
    {
        string a = Write("a", Given.Single(Given.Factors(2, 20, 16, 1)));
        string b = Write("b", Given.Single(Given.Factors(2, 20, 17, 2)));

        AdapterFormatException refusal = Assert.Throws<AdapterFormatException>(
            () => Merge(new MergeRequest { Folders = [a, b], Options = Given.Options() }));

        Assert.StartsWith($"{b}: module 'layer.0.query' is [17×20], expected [16×20] as in {a}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_given_twice_and_missing_weights_are_refused()
    {
        string a = Write("a", Given.Single(Given.Factors(2, 20, 16, 1)));

        Assert.Contains("is given twice", Refusal([a, a + "/"], []), StringComparison.Ordinal);
        Assert.Equal("The weights are 2 and the folders 1; give one weight for each folder, as 120,80,95 for three, or none.", Refusal([a], [1, 2]));
        Assert.Equal("All weights are 0; at least one must be positive.", Refusal([a], [0]));
        Assert.Contains("goes by the adapter that all others started from", Assert.Throws<ArgumentException>(
            () => Merge(new MergeRequest { Folders = [a], Options = Given.Options("FfaLora") })).Message, StringComparison.Ordinal);

        static string Refusal(string[] folders, double[] weights) =>
            Assert.Throws<ArgumentException>(() => Merge(new MergeRequest { Folders = folders, Weights = weights, Options = Given.Options() })).Message;
    }

    [Fact]
    public void An_outlier_is_shortened_to_three_times_the_median()
    {
        (string[] folders, double[] weights, _) = Folders(agents: 5);
        LoraAdapter big = PeftFolder.Read(folders[2]);
        foreach (ref float value in big.Modules[Given.Module].B.Values)
        {
            value *= 1000;
        }

        PeftFolder.Write(folders[2], big, null, null);

        MergeResult merged = Merge(new MergeRequest { Folders = folders, Weights = weights, Options = Given.Options() with { ClipFactor = 3 } });

        double median = merged.Weights.Select(w => w.ChangeNorm).Order().ElementAt(2);
        Assert.Equal(3 * median, merged.Weights[2].ChangeNorm * merged.Weights[2].Clip, tolerance: 1e-6 * median);
    }

    private static MergeResult Merge(MergeRequest request) => AdapterMerge.Merge(request, TestContext.Current.CancellationToken);

    private (string[] Folders, double[] Weights, double[,] Ideal) Folders(int agents)
    {
        (LoraAdapter broadcast, Update[] updates) = Given.Round(agents, rank: 4, inputs: 60, outputs: 48, drift: 2);
        string[] folders = [.. updates.Select(u => Write(u.AgentId, u.Adapter))];
        return (folders, [.. updates.Select(u => u.Weight)], DenseReference.Ideal(broadcast, updates, Given.Module));
    }

    private string Write(string name, LoraAdapter adapter, TensorType precision = TensorType.F32)
    {
        string folder = Path.Combine(root, name);
        PeftFolder.Write(folder, adapter, "model", "SEQ_CLS", precision);
        return folder;
    }
}
