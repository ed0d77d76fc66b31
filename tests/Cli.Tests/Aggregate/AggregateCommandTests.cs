using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Aggregate;

public sealed class AggregateCommandTests : IDisposable
{
    private const string Query = "encoder.layer.0.query";
    private const string Value = "encoder.layer.0.value";

    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-aggregate-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task The_report_has_the_promised_names_and_the_folder_the_merged_adapter()
    {
        string[] folders = [Write("a", 1), Write("b", 2), Write("c", 3)];
        string report = Path.Combine(root, "report.json");

        (int code, string output, string error) = await RunAsync(["--strategy", "FloraNA", "--weights", "120,80,95", "--json", report, .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("3 adapters, 2 modules, FloraNA", output, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(report, TestContext.Current.CancellationToken));
        Assert.Equal("FloraNA", json.RootElement.GetProperty("strategy").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("agents").GetInt32());
        Assert.True(json.RootElement.GetProperty("seconds").GetDouble() >= 0);
        Assert.True(json.RootElement.GetProperty("peakBytes").GetInt64() > 1 << 20);
        JsonElement[] modules = [.. json.RootElement.GetProperty("modules").EnumerateArray()];
        Assert.Equal([Query, Value], modules.Select(module => module.GetProperty("name").GetString()));
        Assert.All(modules, module =>
        {
            Assert.Equal(4, module.GetProperty("rank").GetInt32());
            double bound = module.GetProperty("errBound").GetDouble();
            double used = module.GetProperty("errUsed").GetDouble();
            Assert.InRange(used, bound, module.GetProperty("errFedIt").GetDouble());
            // The published factors are rounded to single precision.
            Assert.Equal(module.GetProperty("errFloraNA").GetDouble(), used, tolerance: 1e-6);
            Assert.Equal(3, module.GetProperty("p").GetArrayLength());
            Assert.Equal(3, module.GetProperty("q").GetArrayLength());
            Assert.Equal(1, module.GetProperty("p").EnumerateArray().Sum(p => p.GetDouble()), tolerance: 1e-9);
        });
        LoraAdapter merged = PeftFolder.Read(Path.Combine(root, "out"));
        Assert.Equal([Query, Value], merged.Modules.Keys);
        Assert.Equal(4, merged.Settings.Rank);
    }

    [Fact]
    public async Task Scalars_stand_in_the_order_of_the_folders_given()
    {
        string[] folders = [Write("b", 2), Write("a", 1)];
        string first = Path.Combine(root, "first.json");
        string second = Path.Combine(root, "second.json");

        await RunAsync(["--weights", "30,10", "--json", first, .. folders]);
        await RunAsync(["--weights", "10,30", "--json", second, .. folders.Reverse()], target: "out2");

        Assert.Equal(Scalars(first), Scalars(second).Reverse());
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(root, "out", "adapter_model.safetensors"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(root, "out2", "adapter_model.safetensors"), TestContext.Current.CancellationToken));

        static double[] Scalars(string file)
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            return [.. json.RootElement.GetProperty("modules")[0].GetProperty("p").EnumerateArray().Select(p => p.GetDouble())];
        }
    }

    [Theory]
    [InlineData(TensorType.F16, 1e-3)] // 11 significant bits
    [InlineData(TensorType.BF16, 1e-2)] // 8
    public async Task Half_precision_is_read_as_what_it_says(TensorType precision, double tolerance)
    {
        string folder = Write("a", 1, precision: precision);

        (int code, _, string error) = await RunAsync(["--gauge", "anchored", folder]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        LoraFactors expected = Adapter(1).Modules[Query];
        LoraFactors actual = PeftFolder.Read(Path.Combine(root, "out")).Modules[Query];
        double largest = expected.A.Values.ToArray().Max(Math.Abs);
        Assert.All(expected.A.Values.ToArray().Zip(actual.A.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, tolerance * largest));
    }

    [Theory]
    [InlineData("--strategy Best {a} {b}", "--strategy is 'Best'; it must be one of Auto, FedExLora, FedIT")]
    [InlineData("{a} {root}/missing", "missing")]
    [InlineData("--weights 1,2,3 {a} {b}", "There are 3 weights for 2 folders; give one for each, or none.")]
    [InlineData("--weights 1,-2 {a} {b}", "--weights has '-2'; it must be numbers of examples")]
    [InlineData("--weights 1,many {a} {b}", "--weights has 'many'; it must be numbers of examples")]
    [InlineData("--weights 0,0 {a} {b}", "All weights are 0; at least one must be positive.")]
    [InlineData("--rank 0 {a} {b}", "--rank is 0; it must be 1 … 1024")]
    [InlineData("--energy 0.9 {a} {b}", "--energy is 0.9; it must be above 0 and below 1, with --strategy OptimalRank")]
    [InlineData("--strategy OptimalRank --energy 1.5 {a} {b}", "--energy is 1.5; it must be above 0 and below 1")]
    [InlineData("--strategy OptimalRank --energy 0.9 --rank 2 {a} {b}", "--rank is given beside --energy")]
    [InlineData("--robust none --clip-factor 2 {a} {b}", "--clip-factor is given beside --robust none")]
    [InlineData("--robust clip --hostile-share 0.1 {a} {b}", "--hostile-share is given beside --robust clip; it goes with --robust multi-krum")]
    [InlineData("--clip-factor 0.5 {a} {b}", "--clip-factor is 0.5; it must be 0 or at least 1")]
    [InlineData("--weight-cap 0.5 {a} {b}", "--weight-cap is 0.5; it must be 0 or at least 1")]
    [InlineData("--weight-exponent 3 {a} {b}", "--weight-exponent is '3'; it must be 0 … 2")]
    [InlineData("--strategy FedIT --paper-literal {a} {b}", "--paper-literal is given beside --strategy FedIT; it goes with FloraNA")]
    [InlineData("--strategy-for *.dense=FedIT {a} {b}", "The pattern '*.dense' for FedIT fits none of the 2 modules; their names are such as ")]
    [InlineData("--gauge loose {a} {b}", "--gauge is 'loose'; it must be one of anchored, principal, balanced")]
    [InlineData("--robust trust {a} {b}", "--robust is 'trust'; it must be one of ")]
    [InlineData("--json {root}/nowhere/report.json {a} {b}", "nowhere/report.json'; it must be a file in a folder that exists")]
    [InlineData("--strategy FfaLora {a} {b}", "FfaLora goes by the adapter that all others started from")]
    [InlineData("{a} {a}", "is given twice; use weights to count it more.")]
    public async Task A_request_that_cannot_be_met_is_one_line_and_nothing_is_written(string line, string said)
    {
        string a = Write("a", 1);
        string b = Write("b", 2);

        await AssertRefusedAsync(
            line.Replace("{a}", a, StringComparison.Ordinal).Replace("{b}", b, StringComparison.Ordinal).Replace("{root}", root, StringComparison.Ordinal).Split(' '), said);
    }

    [Fact]
    public async Task A_folder_without_an_adapter_is_named_with_what_it_lacks()
    {
        string empty = Directory.CreateDirectory(Path.Combine(root, "empty")).FullName;

        await AssertRefusedAsync([Write("a", 1), empty], empty, "adapter_config.json");
    }

    [Fact]
    public async Task A_value_that_is_not_a_number_is_named_by_folder_and_tensor()
    {
        string bad = Write("bad", 2);
        string file = Path.Combine(bad, "adapter_model.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - sizeof(float)), float.NaN);
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        await AssertRefusedAsync([Write("a", 1), bad], file, "tensor 'base_model.model.", "is NaN, expected a finite number");
    }

    [Theory]
    [InlineData("\"r\": 4", "\"r\": 5")]
    [InlineData("\"r\": 4", "\"r\": 0")]
    [InlineData("\"lora_alpha\": 8", "\"lora_alpha\": -1")]
    public async Task A_rank_or_alpha_that_does_not_fit_is_named_by_file(string was, string becomes)
    {
        string bad = Write("bad", 2);
        string config = Path.Combine(bad, "adapter_config.json");
        string text = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        Assert.Contains(was, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, text.Replace(was, becomes, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        await AssertRefusedAsync([Write("a", 1), bad], bad);
    }

    [Fact]
    public async Task Adapters_of_different_base_models_are_not_mixed()
    {
        string a = Write("a", 1);
        string b = Write("b", 2, model: "other");

        await AssertRefusedAsync([a, b], $"{b}: the base model is 'other', expected 'base' as in {a}; adapters of different models cannot be merged.");
    }

    private async Task AssertRefusedAsync(string[] arguments, params string[] said)
    {
        string[] before = [.. Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal)];

        (int code, string output, string error) = await RunAsync(arguments);

        Assert.Equal(ExitCode.BadInput, code);
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(said, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.Empty(output);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal));
    }

    private Task<(int Code, string Output, string Error)> RunAsync(string[] arguments, string target = "out") =>
        Commands.RunAsync(["aggregate", "--out", Path.Combine(root, target), .. arguments]);

    private string Write(string name, ulong seed, string model = "base", TensorType precision = TensorType.F32)
    {
        string folder = Path.Combine(root, name);
        PeftFolder.Write(folder, Adapter(seed), model, "SEQ_CLS", precision);
        return folder;
    }

    // All agents start from one A, as federated ones do.
    private static LoraAdapter Adapter(ulong seed) => new(
        new LoraSettings { Rank = 4, Alpha = 8, TargetModules = ["query", "value"] },
        [KeyValuePair.Create(Query, Factors(24, 20, seed)), KeyValuePair.Create(Value, Factors(24, 20, seed + 100))]);

    private static LoraFactors Factors(int inputs, int outputs, ulong seed)
    {
        var shared = new SeededRandom(seed / 100);
        var own = new SeededRandom(seed + 1000);
        return new LoraFactors(Near(4, inputs, shared, own), Near(outputs, 4, shared, own));
    }

    private static Matrix Near(int rows, int columns, SeededRandom shared, SeededRandom own)
    {
        var matrix = new Matrix(rows, columns);
        foreach (ref float value in matrix.Values)
        {
            value = (float)(shared.NextGaussian() + (0.3 * own.NextGaussian()));
        }

        return matrix;
    }
}
