using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Initialization;

public sealed class AdapterInitializerTests
{
    private static readonly ModuleShape Query = new("layer.0.query", 48, 256), Value = new("layer.0.value", 20, 256);

    [Fact]
    public void A_is_uniform_within_one_over_the_root_of_the_inputs_and_the_rest_is_zero()
    {
        var shape = new AdapterShape(SampleAdapter.Settings(rank: 64), [Query], [new TensorShape("classifier.weight", [3, 256])]);

        LoraAdapter adapter = AdapterInitializer.Create(shape, seed: 9);

        float[] a = adapter.Modules["layer.0.query"].A.Values.ToArray();
        Assert.InRange(a.Min(), -0.0625f, -0.0620f); // of 16384 values one lies within 1 % of either bound but with probability e⁻⁸²
        Assert.InRange(a.Max(), 0.0620f, 0.0625f);
        Assert.InRange(a.Average(), -0.0014, 0.0014); // five standard errors: 0.0625/√3/√16384 · 5
        // variance b²/3, five standard errors: √(4/5/16384) · 5 = 3.5 %
        Assert.InRange(a.Average(x => x * x), 0.0625 * 0.0625 / 3 * 0.965, 0.0625 * 0.0625 / 3 * 1.035);
        Assert.All(adapter.Modules["layer.0.query"].B.Values.ToArray(), b => Assert.Equal(0, b));
        Assert.All(adapter.Saved["classifier.weight"].Values, w => Assert.Equal(0, w));
    }

    [Fact]
    public void A_modules_values_depend_on_seed_and_name_alone()
    {
        LoraSettings settings = SampleAdapter.Settings();
        float[] Start(ulong seed, params ModuleShape[] modules) =>
            AdapterInitializer.Create(new AdapterShape(settings, modules), seed).Modules["layer.0.value"].A.Values.ToArray();

        Assert.Equal(Start(1, Value), Start(1, Query, Value));
        Assert.NotEqual(Start(1, Value), Start(2, Value));
        LoraAdapter both = AdapterInitializer.Create(new AdapterShape(settings, [Query, Value]), 1);
        Assert.NotEqual(both.Modules["layer.0.query"].A.Values.ToArray(), both.Modules["layer.0.value"].A.Values.ToArray());
    }

    [Fact]
    public void Dora_starts_from_the_lengths_of_the_base_rows()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("model.safetensors"), [new TensorData("q.weight", [2, 3], new[] { 1f, 2f, 2f, 0f, -3f, 4f })]);
        using SafetensorsSet weights = SafetensorsSet.Open(folder.Path);
        var magnitude = new TensorShape("q.lora_magnitude_vector", [2]);
        LoraSettings settings = SampleAdapter.Settings(AdapterVariant.Dora);

        LoraAdapter adapter = AdapterInitializer.Create(new AdapterShape(settings, [new("q", 2, 3)], [magnitude]), seed: 1, weights);

        Assert.Equal([3f, 5f], adapter.Saved["q.lora_magnitude_vector"].Values);
        Assert.Throws<ArgumentException>(() => AdapterInitializer.Create(new AdapterShape(settings, [new("q", 2, 3)], [magnitude]), seed: 1));
        var wrong = new AdapterShape(settings, [new("q", 2, 4)], [magnitude]);
        Assert.Contains(
            "no tensor 'q.weight' [2×4]",
            Assert.Throws<AdapterFormatException>(() => AdapterInitializer.Create(wrong, 1, weights)).Message,
            StringComparison.Ordinal);
        var none = new AdapterShape(settings, [new("q", 2, 3)]);
        Assert.Contains(
            "no magnitude [2]",
            Assert.Throws<AdapterFormatException>(() => AdapterInitializer.Create(none, 1, weights)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Dora_on_a_Conv1D_starts_from_the_lengths_of_the_columns_in_the_file()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("model.safetensors"), [new TensorData("h.c_attn.weight", [3, 2], new[] { 1f, 0f, 2f, -3f, 2f, 4f })]);
        using SafetensorsSet weights = SafetensorsSet.Open(folder.Path);
        var shape = new AdapterShape(
            SampleAdapter.Settings(AdapterVariant.Dora), [new("h.c_attn", 2, 3)], [new("h.c_attn.lora_magnitude_vector", [2])]);

        Assert.Equal([3f, 5f], AdapterInitializer.Create(shape, seed: 1, weights).Saved["h.c_attn.lora_magnitude_vector"].Values);
    }
}
