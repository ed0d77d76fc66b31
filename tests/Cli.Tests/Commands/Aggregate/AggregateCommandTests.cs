using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Aggregate;

public sealed class AggregateCommandTests : IDisposable
{
    private readonly AdapterFolders given = new();

    public void Dispose() => given.Dispose();

    [Fact]
    public async Task The_report_has_the_promised_names_and_the_folder_the_merged_adapter()
    {
        string[] folders = [given.Write("a", 1), given.Write("b", 2), given.Write("c", 3)];
        string report = Path.Combine(given.Root, "report.json");

        (int code, string output, string error) = await given.RunAsync(
            ["--strategy", "FloraNA", "--weights", "120,80,95", "--json", report, .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("3 adapters, 2 modules, FloraNA", output, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(report, TestContext.Current.CancellationToken));
        Assert.Equal("FloraNA", json.RootElement.GetProperty("strategy").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("agents").GetInt32());
        Assert.True(json.RootElement.GetProperty("seconds").GetDouble() >= 0);
        Assert.True(json.RootElement.GetProperty("peakBytes").GetInt64() > 1 << 20);
        JsonElement[] modules = [.. json.RootElement.GetProperty("modules").EnumerateArray()];
        Assert.Equal([AdapterFolders.Query, AdapterFolders.Value], modules.Select(module => module.GetProperty("name").GetString()));
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
        LoraAdapter merged = PeftFolder.Read(Path.Combine(given.Root, "out"));
        Assert.Equal([AdapterFolders.Query, AdapterFolders.Value], merged.Modules.Keys);
        Assert.Equal(4, merged.Settings.Rank);
    }

    [Fact]
    public async Task Scalars_stand_in_the_order_of_the_folders_given()
    {
        string[] folders = [given.Write("b", 2), given.Write("a", 1)];
        string first = Path.Combine(given.Root, "first.json");
        string second = Path.Combine(given.Root, "second.json");

        await given.RunAsync(["--weights", "30,10", "--json", first, .. folders]);
        await given.RunAsync(["--weights", "10,30", "--json", second, .. folders.Reverse()], target: "out2");

        Assert.Equal(Scalars(first), Scalars(second).Reverse());
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(given.Root, "out", "adapter_model.safetensors"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(given.Root, "out2", "adapter_model.safetensors"), TestContext.Current.CancellationToken));

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
        string folder = given.Write("a", 1, precision: precision);

        (int code, _, string error) = await given.RunAsync(["--gauge", "anchored", folder]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        LoraFactors expected = AdapterFolders.Adapter(1).Modules[AdapterFolders.Query];
        LoraFactors actual = PeftFolder.Read(Path.Combine(given.Root, "out")).Modules[AdapterFolders.Query];
        double largest = expected.A.Values.ToArray().Max(Math.Abs);
        Assert.All(expected.A.Values.ToArray().Zip(actual.A.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, tolerance * largest));
    }
}
