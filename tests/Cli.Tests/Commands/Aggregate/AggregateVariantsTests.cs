using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Aggregate;

/// <summary>Variants and number formats through the command, judged by products formed in double precision.</summary>
public sealed class AggregateVariantsTests : IDisposable
{
    private readonly AdapterFolders given = new();

    public void Dispose() => given.Dispose();

    [Theory]
    [InlineData(AdapterVariant.Lora)]
    [InlineData(AdapterVariant.RsLora)]
    [InlineData(AdapterVariant.Dora)]
    [InlineData(AdapterVariant.Hira)]
    public async Task A_variant_is_merged_in_products_and_written_as_what_it_was(AdapterVariant variant)
    {
        LoraAdapter[] adapters = [AdapterFolders.As(variant, AdapterFolders.Adapter(1)), AdapterFolders.As(variant, AdapterFolders.Adapter(2))];
        string[] folders = [given.Write("a", adapters[0]), given.Write("b", adapters[1])];
        string report = Path.Combine(given.Root, "report.json");

        // Two adapters of rank 4 have a sum of rank 8: nothing is cut.
        (int code, _, string error) = await given.RunAsync(
            ["--strategy", "OptimalRank", "--rank", "8", "--weights", "30,10", "--json", report, .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        LoraAdapter merged = PeftFolder.Read(Path.Combine(given.Root, "out"));
        Assert.Equal(variant, merged.Settings.Variant);
        double[,] ideal = new double[20, 24];
        Add(ideal, adapters[0], 0.75);
        Add(ideal, adapters[1], 0.25);
        double[,] rest = (double[,])ideal.Clone();
        Add(rest, merged, -1);
        // Factors are rounded to single precision.
        Assert.InRange(Length(rest) / Length(ideal), 0, 1e-6);
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(report, TestContext.Current.CancellationToken));
        Assert.InRange(json.RootElement.GetProperty("modules")[0].GetProperty("errUsed").GetDouble(), 0, 1e-6);
    }

    [Theory]
    [InlineData("FedIT")]
    [InlineData("FloraNA")]
    public async Task DoRA_magnitudes_are_averaged_by_weight_and_directions_merged_as_LoRA(string strategy)
    {
        LoraAdapter[] plain = [AdapterFolders.Adapter(1), AdapterFolders.Adapter(2), AdapterFolders.Adapter(3)];
        LoraAdapter[] dora = [.. plain.Select(adapter => AdapterFolders.As(AdapterVariant.Dora, adapter))];
        string[] folders = [.. dora.Select((adapter, i) => given.Write($"dora{i}", adapter))];
        string[] directions = [.. plain.Select((adapter, i) => given.Write($"lora{i}", adapter))];

        await given.RunAsync(["--strategy", strategy, "--weights", "1,2,5", .. folders]);
        await given.RunAsync(["--strategy", strategy, "--weights", "1,2,5", .. directions], target: "plain");

        LoraAdapter merged = PeftFolder.Read(Path.Combine(given.Root, "out"));
        LoraAdapter expected = PeftFolder.Read(Path.Combine(given.Root, "plain"));
        Assert.All(merged.Modules, m =>
        {
            Assert.Equal(expected.Modules[m.Key].A.Values.ToArray(), m.Value.A.Values.ToArray());
            Assert.Equal(expected.Modules[m.Key].B.Values.ToArray(), m.Value.B.Values.ToArray());
        });
        Assert.Equal(2, merged.Saved.Count);
        Assert.All(merged.Saved, tensor =>
        {
            float[][] sent = [.. dora.Select(adapter => adapter.Saved[tensor.Key].Values)];
            double[] mean = [.. Enumerable.Range(0, 20).Select(i => (sent[0][i] + (2.0 * sent[1][i]) + (5.0 * sent[2][i])) / 8)];
            // Numbers below 32 rounded once to single precision.
            Assert.All(mean.Zip(tensor.Value.Values), pair => Assert.Equal(pair.First, pair.Second, tolerance: 2e-6));
        });
    }

    [Fact]
    public async Task HiRA_written_with_another_alpha_than_its_rank_is_merged_at_its_true_size()
    {
        // PEFT's HiRA has no scale: α/r goes into B when it is written.
        LoraAdapter hira = AdapterFolders.As(AdapterVariant.Hira, AdapterFolders.Adapter(1));
        string folder = given.Write("a", new LoraAdapter(hira.Settings with { Alpha = 12 }, hira.Modules));

        (int code, _, string error) = await given.RunAsync([folder]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        LoraAdapter merged = PeftFolder.Read(Path.Combine(given.Root, "out"));
        Assert.Equal((AdapterVariant.Hira, 1.0), (merged.Settings.Variant, merged.Settings.Scale));
        double[,] rest = new double[20, 24];
        double[,] ideal = new double[20, 24];
        Add(ideal, new LoraAdapter(hira.Settings with { Alpha = 12 }, hira.Modules), 1);
        Add(rest, merged, -1);
        Add(rest, new LoraAdapter(hira.Settings with { Alpha = 12 }, hira.Modules), 1);
        Assert.InRange(Length(rest) / Length(ideal), 0, 1e-6);
    }

    [Fact]
    public async Task Ranks_alphas_and_number_formats_may_differ_from_folder_to_folder()
    {
        LoraAdapter[] adapters = [AdapterFolders.Adapter(1), Leading(AdapterFolders.Adapter(2), rank: 2), AdapterFolders.Adapter(3)];
        string[] folders =
        [
            given.Write("a", adapters[0], precision: TensorType.F16), given.Write("b", adapters[1], precision: TensorType.BF16),
            given.Write("c", new LoraAdapter(adapters[2].Settings with { Alpha = 2 }, adapters[2].Modules)),
        ];
        LoraAdapter[] read = [.. folders.Select(PeftFolder.Read)];

        (int code, _, string error) = await given.RunAsync(["--strategy", "FlexLora", "--rank", "10", "--robust", "none", .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        LoraAdapter merged = PeftFolder.Read(Path.Combine(given.Root, "out"));
        double[,] ideal = new double[20, 24];
        Array.ForEach(read, adapter => Add(ideal, adapter, 1.0 / 3));
        double[,] rest = (double[,])ideal.Clone();
        Add(rest, merged, -1);
        Assert.InRange(Length(rest) / Length(ideal), 0, 1e-6);
    }

    [Fact]
    public async Task A_large_adapter_is_read_out_at_a_lower_rank()
    {
        string folder = given.Write("a", 1);

        (int code, _, string error) = await given.RunAsync(["--strategy", "FlexLora", "--rank", "2", folder]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        LoraAdapter part = PeftFolder.Read(Path.Combine(given.Root, "out"));
        Assert.Equal((2, 4.0), (part.Settings.Rank, part.Settings.Alpha));
        double[,] whole = new double[20, 24];
        double[,] rest = new double[20, 24];
        Add(whole, AdapterFolders.Adapter(1), 1);
        Add(rest, AdapterFolders.Adapter(1), 1);
        Add(rest, part, -1);
        // What is left is at right angles to what was read out: their squares add up.
        double[,] read = new double[20, 24];
        Add(read, part, 1);
        Assert.Equal(Length(whole), Math.Sqrt((Length(read) * Length(read)) + (Length(rest) * Length(rest))), tolerance: 1e-5 * Length(whole));
        Assert.InRange(Length(rest) / Length(whole), 0.01, 0.9);
    }

    [Fact]
    public async Task An_adapter_that_left_the_broadcast_gauge_is_named()
    {
        LoraAdapter flipped = AdapterFolders.Adapter(2);
        foreach (LoraFactors factors in flipped.Modules.Values)
        {
            System.Numerics.Tensors.TensorPrimitives.Negate(factors.A.Values, factors.A.Values);
            System.Numerics.Tensors.TensorPrimitives.Negate(factors.B.Values, factors.B.Values);
        }

        string report = Path.Combine(given.Root, "report.json");
        string start = given.Write("start", 3);
        string bad = given.Write("flipped", flipped);

        (_, string output, _) = await given.RunAsync(["--broadcast", start, "--json", report, given.Write("a", 1), bad]);

        Assert.Contains($"factors brought back to the broadcast gauge in 2 modules: {bad}", output, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(report, TestContext.Current.CancellationToken));
        Assert.All(
            json.RootElement.GetProperty("modules").EnumerateArray(),
            module => Assert.Equal([bad], module.GetProperty("regauged").EnumerateArray().Select(who => who.GetString())));
    }

    [Fact]
    public async Task FLoRA_NAs_error_stands_beside_every_strategy_unless_it_should_be_quick()
    {
        // Too many directions for exact products, beside which it costs nothing.
        string[] folders = [.. Enumerable.Range(0, 90).Select(i => given.Write($"agent-{i:D2}", (ulong)(i + 1)))];
        string whole = Path.Combine(given.Root, "whole.json");
        string quick = Path.Combine(given.Root, "quick.json");

        await given.RunAsync(["--strategy", "OptimalRank", "--json", whole, .. folders]);
        await given.RunAsync(["--strategy", "OptimalRank", "--quick", "--json", quick, .. folders], target: "out2");

        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken));
        Assert.All(json.RootElement.GetProperty("modules").EnumerateArray(), module => Assert.InRange(
            module.GetProperty("errFloraNA").GetDouble(),
            module.GetProperty("errBound").GetDouble() * 0.99,
            module.GetProperty("errFedIt").GetDouble() * 1.01));
        using JsonDocument without = JsonDocument.Parse(await File.ReadAllBytesAsync(quick, TestContext.Current.CancellationToken));
        Assert.All(
            without.RootElement.GetProperty("modules").EnumerateArray(),
            module => Assert.Equal(JsonValueKind.Null, module.GetProperty("errFloraNA").ValueKind));
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(given.Root, "out", "adapter_model.safetensors"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(given.Root, "out2", "adapter_model.safetensors"), TestContext.Current.CancellationToken));
    }

    private static LoraAdapter Leading(LoraAdapter adapter, int rank) => new(
        adapter.Settings with { Rank = rank },
        adapter.Modules.Select(m => KeyValuePair.Create(m.Key, Leading(m.Value, rank))));

    private static LoraFactors Leading(LoraFactors factors, int rank)
    {
        var a = new Adapters.Matrices.Matrix(rank, factors.Inputs);
        var b = new Adapters.Matrices.Matrix(factors.Outputs, rank);
        for (int r = 0; r < rank; r++)
        {
            factors.A.Row(r).CopyTo(a.Row(r));
            for (int o = 0; o < b.Rows; o++)
            {
                b[o, r] = factors.B[o, r];
            }
        }

        return new LoraFactors(a, b);
    }

    private static void Add(double[,] sum, LoraAdapter adapter, double factor)
    {
        LoraFactors factors = adapter.Modules[AdapterFolders.Query];
        for (int o = 0; o < factors.Outputs; o++)
        {
            for (int k = 0; k < factors.Inputs; k++)
            {
                for (int r = 0; r < factors.Rank; r++)
                {
                    sum[o, k] += factor * adapter.Settings.Scale * factors.B[o, r] * factors.A[r, k];
                }
            }
        }
    }

    private static double Length(double[,] matrix) => Math.Sqrt(matrix.Cast<double>().Sum(value => value * value));
}
