using System.Numerics.Tensors;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Aggregate;

/// <summary>What chooses a strategy or a rank, and what the report then says of each module.</summary>
public sealed class AggregateStrategiesTests : IDisposable
{
    private readonly AdapterFolders given = new();

    public void Dispose() => given.Dispose();

    [Fact]
    public async Task Auto_writes_the_optimal_product_where_scalars_are_not_enough_and_FLoRA_NAs_where_they_are()
    {
        // The queries share one A, for which averages are exact; the values drift.
        LoraAdapter[] adapters = [.. new ulong[] { 1, 2, 3 }.Select(seed => SharingQueryA(AdapterFolders.Adapter(seed)))];
        string[] folders = [.. adapters.Select((adapter, i) => given.Write($"agent{i}", adapter))];

        JsonElement[] auto = await ModulesAsync("auto", ["--strategy", "Auto", .. folders]);
        JsonElement[] scalars = await ModulesAsync("scalars", ["--strategy", "FloraNA", .. folders]);

        Assert.All(auto, module => Assert.Equal("Auto", module.GetProperty("strategy").GetString()));
        (JsonElement query, JsonElement value) = (auto[0], auto[1]);
        // Published factors are rounded to single precision.
        Assert.InRange(Number(query, "errUsed"), 0, 1e-6);
        Assert.True(Number(value, "errFloraNA") > 1.05 * Number(value, "errBound"));
        Assert.Equal(Number(value, "errBound"), Number(value, "errUsed"), tolerance: 1e-6);
        Assert.Equal(Number(value, "errBound") * Number(value, "errBound"), Number(value, "tailEnergy"), tolerance: 1e-12);
        Assert.True(Number(scalars[1], "errUsed") > Number(value, "errUsed"));
        Assert.True(Same(given, "auto", "scalars", AdapterFolders.Query));
        Assert.False(Same(given, "auto", "scalars", AdapterFolders.Value));
    }

    [Fact]
    public async Task An_energy_finds_the_rank_that_keeps_it()
    {
        string[] folders = [given.Write("a", 1), given.Write("b", 2), given.Write("c", 3)];

        JsonElement[] modules = await ModulesAsync("out", ["--strategy", "OptimalRank", "--energy", "0.99", .. folders]);

        LoraAdapter merged = PeftFolder.Read(Path.Combine(given.Root, "out"));
        Assert.Equal(modules.Max(module => module.GetProperty("rank").GetInt32()), merged.Settings.Rank);
        foreach (JsonElement module in modules)
        {
            int rank = module.GetProperty("rank").GetInt32();
            Assert.InRange(Number(module, "tailEnergy"), 0, 0.01);
            JsonElement[] less = await ModulesAsync("less", ["--strategy", "FlexLora", "--rank", $"{rank - 1}", .. folders]);
            Assert.True(
                Number(less.Single(other => other.GetProperty("name").GetString() == module.GetProperty("name").GetString()), "tailEnergy") > 0.01);
        }
    }

    [Fact]
    public async Task A_pattern_gives_modules_a_strategy_of_their_own()
    {
        string[] folders = [given.Write("a", 1), given.Write("b", 2)];

        JsonElement[] modules = await ModulesAsync("out", ["--strategy", "FedIT", "--strategy-for", "*.value=FloraNA", .. folders]);

        Assert.Equal(["FedIT", "FloraNA"], modules.Select(module => module.GetProperty("strategy").GetString()));
        Assert.Equal([0, 2], modules.Select(module => module.GetProperty("p").GetArrayLength()));
        Assert.Equal(Number(modules[0], "errFedIt"), Number(modules[0], "errUsed"), tolerance: 1e-6);
    }

    [Fact]
    public async Task Cosines_and_lengths_beside_the_broadcast_adapter_stand_in_the_order_of_the_folders()
    {
        LoraAdapter start = AdapterFolders.Adapter(5);
        LoraAdapter twice = AdapterFolders.Adapter(5);
        foreach (LoraFactors factors in twice.Modules.Values)
        {
            TensorPrimitives.Multiply(factors.A.Values, 2, factors.A.Values);
        }

        string[] folders = [given.Write("b", twice), given.Write("c", 3), given.Write("a", start)];

        JsonElement[] modules = await ModulesAsync("out", ["--broadcast", given.Write("start", start), "--weights", "1,0,2", .. folders]);
        JsonElement[] without = await ModulesAsync("without", folders);

        Assert.All(modules, module =>
        {
            Assert.All(Numbers(module, "cosineA").Zip([1, 0, 1]), pair => Assert.Equal(pair.Second, pair.First, tolerance: 1e-6));
            Assert.All(Numbers(module, "lengthRatioA").Zip([2, 0, 1]), pair => Assert.Equal(pair.Second, pair.First, tolerance: 1e-6));
            Assert.Equal(3, module.GetProperty("cosineA").GetArrayLength());
        });
        Assert.All(without, module => Assert.Equal(0, module.GetProperty("cosineA").GetArrayLength()));
    }

    [Theory]
    [InlineData("anchored")]
    [InlineData("principal")]
    [InlineData("balanced")]
    public async Task A_gauge_changes_factors_and_their_condition_but_not_the_product(string gauge)
    {
        string[] folders = [given.Write("a", 1), given.Write("b", 2)];

        JsonElement[] modules = await ModulesAsync("out", ["--strategy", "OptimalRank", "--gauge", gauge, .. folders]);

        Assert.All(modules, module => Assert.Equal(Number(module, "errBound"), Number(module, "errUsed"), tolerance: 1e-6));
        // Rows of the principal A are orthogonal and of one length.
        Assert.All(modules, module => Assert.Equal(gauge == "principal", Number(module, "conditionA") < 1.0001));
    }

    [Fact]
    public async Task An_A_that_lost_a_row_has_no_condition()
    {
        LoraAdapter adapter = AdapterFolders.Adapter(1);
        adapter.Modules[AdapterFolders.Query].A.Row(2).Clear();

        JsonElement[] modules = await ModulesAsync("out", ["--strategy", "FedIT", "--gauge", "anchored", given.Write("a", adapter)]);

        Assert.Equal(JsonValueKind.Null, modules[0].GetProperty("conditionA").ValueKind);
        Assert.True(Number(modules[1], "conditionA") > 1);
    }

    private async Task<JsonElement[]> ModulesAsync(string target, string[] arguments)
    {
        string file = Path.Combine(given.Root, target + ".json");
        (int code, _, string error) = await given.RunAsync(["--json", file, .. arguments], target);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        return [.. json.RootElement.GetProperty("modules").EnumerateArray().Select(module => module.Clone())];
    }

    private static double Number(JsonElement module, string name) => module.GetProperty(name).GetDouble();

    private static double[] Numbers(JsonElement module, string name) =>
        [.. module.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static bool Same(AdapterFolders given, string one, string other, string module)
    {
        LoraFactors x = PeftFolder.Read(Path.Combine(given.Root, one)).Modules[module];
        LoraFactors y = PeftFolder.Read(Path.Combine(given.Root, other)).Modules[module];
        return x.A.Values.SequenceEqual(y.A.Values) && x.B.Values.SequenceEqual(y.B.Values);
    }

    private static LoraAdapter SharingQueryA(LoraAdapter adapter)
    {
        Matrix shared = AdapterFolders.Adapter(7).Modules[AdapterFolders.Query].A;
        return new LoraAdapter(
            adapter.Settings,
            adapter.Modules.Select(m => KeyValuePair.Create(m.Key, m.Key == AdapterFolders.Query ? new LoraFactors(shared, m.Value.B) : m.Value)));
    }
}
