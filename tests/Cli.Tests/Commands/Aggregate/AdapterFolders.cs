using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Aggregate;

/// <summary>PEFT folders of made-up adapters in a folder of their own, and <c>edgeflora aggregate</c> run on them.</summary>
internal sealed class AdapterFolders : IDisposable
{
    public const string Query = "encoder.layer.0.query";
    public const string Value = "encoder.layer.0.value";

    public string Root { get; } = Directory.CreateTempSubdirectory("edgeflora-aggregate-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public async Task AssertRefusedAsync(string[] arguments, params string[] said)
    {
        string[] before = Entries();

        (int code, string output, string error) = await RunAsync(arguments);

        Assert.Equal(ExitCode.BadInput, code);
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(said, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.Empty(output);
        Assert.Equal(before, Entries());
    }

    public Task<(int Code, string Output, string Error)> RunAsync(string[] arguments, string target = "out") =>
        CommandRunner.RunAsync(
            arguments.Contains("--out") ? ["aggregate", .. arguments] : ["aggregate", "--out", Path.Combine(Root, target), .. arguments]);

    public string Write(string name, ulong seed, string model = "base", TensorType precision = TensorType.F32) =>
        Write(name, Adapter(seed), model, precision);

    public string Write(string name, LoraAdapter adapter, string model = "base", TensorType precision = TensorType.F32)
    {
        string folder = Path.Combine(Root, name);
        PeftFolder.Write(folder, adapter, model, "SEQ_CLS", precision);
        return folder;
    }

    // All agents start from one A, as federated ones do.
    public static LoraAdapter Adapter(ulong seed) => new(
        new LoraSettings { Rank = 4, Alpha = 8, TargetModules = ["query", "value"] },
        [KeyValuePair.Create(Query, Factors(24, 20, seed)), KeyValuePair.Create(Value, Factors(24, 20, seed + 100))]);

    /// <summary>The same factors under another variant; DoRA's magnitudes count up from the first value of A.</summary>
    public static LoraAdapter As(AdapterVariant variant, LoraAdapter adapter) => new(
        adapter.Settings with { Variant = variant },
        adapter.Modules,
        variant == AdapterVariant.Dora
            ? adapter.Modules.Select(m => KeyValuePair.Create(m.Key + ".lora_magnitude_vector", Magnitudes(m.Value)))
            : []);

    private static DenseTensor Magnitudes(LoraFactors factors) =>
        new([factors.Outputs], [.. Enumerable.Range(0, factors.Outputs).Select(i => 10 + i + factors.A[0, 0])]);

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

    private string[] Entries() => [.. Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
