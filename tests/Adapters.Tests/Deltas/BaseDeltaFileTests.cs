using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Deltas;

public sealed class BaseDeltaFileTests : IDisposable
{
    private static readonly ModuleShape[] Modules = [new("layer.query", 12, 10), new("layer.value", 4, 10)];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_change_comes_back_bit_by_bit_as_factors_and_in_full()
    {
        BaseDelta delta = Sample();

        BaseDelta read = BaseDeltaFile.Read(Write(BaseDeltaFile.Write(delta)), Modules);

        Assert.Equal(["layer.query", "layer.value"], read.Modules.Keys);
        Assert.Equal(delta.Modules["layer.query"].Factors!.A.Values.ToArray(), read.Modules["layer.query"].Factors!.A.Values.ToArray());
        Assert.Equal(delta.Modules["layer.query"].Factors!.B.Values.ToArray(), read.Modules["layer.query"].Factors!.B.Values.ToArray());
        Assert.Equal(delta.Modules["layer.value"].Full!.Values.ToArray(), read.Modules["layer.value"].Full!.Values.ToArray());
    }

    [Fact]
    public void The_same_change_gives_the_same_bytes_under_the_documented_names()
    {
        byte[] bytes = BaseDeltaFile.Write(Sample());

        Assert.Equal(bytes, BaseDeltaFile.Write(Sample()));
        using SafetensorsFile file = SafetensorsFile.Open(Write(bytes));
        Assert.Equal(["layer.query.lora_A.weight", "layer.query.lora_B.weight", "layer.value.weight"], file.Tensors.Keys);
        Assert.Equal([2, 10], file.Tensors["layer.query.lora_A.weight"].Shape);
        Assert.Equal([12, 2], file.Tensors["layer.query.lora_B.weight"].Shape);
        Assert.Equal([4, 10], file.Tensors["layer.value.weight"].Shape);
        Assert.Equal("base-delta 1", file.Metadata["edgeflora"]);
    }

    public static TheoryData<string, TensorData[], string> Hostile => new()
    {
        { "another module", [Of("layer.key.weight", 12, 10)], "changes no adapted module" },
        { "a tensor of no module", [Of("pooler", 12, 10)], "changes no adapted module" },
        { "another shape", [Of("layer.query.weight", 10, 12)], "expected F32 [12×10]" },
        { "one dimension", [new TensorData("layer.query.weight", [120], new float[120])], "expected F32 [12×10]" },
        { "another type", [Of("layer.query.weight", 12, 10) with { Type = TensorType.F16 }], "is F16 [12×10], expected F32" },
        { "A alone", [Of("layer.query.lora_A.weight", 2, 10)], "'layer.query.lora_B.weight' is missing" },
        { "B alone", [Of("layer.query.lora_B.weight", 12, 2)], "'layer.query.lora_A.weight' is missing" },
        { "ranks that differ", [Of("layer.query.lora_A.weight", 2, 10), Of("layer.query.lora_B.weight", 12, 3)], "expected F32 [12×2]" },
        { "a rank above the weight's", [Of("layer.query.lora_A.weight", 11, 10), Of("layer.query.lora_B.weight", 12, 11)], "with a rank from 1 to 10" },
        { "both forms", [Of("layer.query.lora_A.weight", 2, 10), Of("layer.query.lora_B.weight", 12, 2), Of("layer.query.weight", 12, 10)], "both in full and by factors" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_is_no_change_of_this_model_is_refused(string what, TensorData[] tensors, string message)
    {
        string file = folder.File("delta");
        SafetensorsWriter.Write(file, tensors);

        AdapterFormatException refusal = Assert.Throws<AdapterFormatException>(() => BaseDeltaFile.Read(file, Modules));

        Assert.True(
            refusal.Message.Contains(message, StringComparison.Ordinal) && refusal.Message.StartsWith(file, StringComparison.Ordinal),
            $"{what}: {refusal.Message}");
    }

    [Fact]
    public void A_value_that_is_not_finite_is_refused()
    {
        byte[] bytes = BaseDeltaFile.Write(Sample());
        bytes.AsSpan(bytes.Length - 4).Fill(0xFF);

        Assert.Contains(
            "NaN", Assert.Throws<AdapterFormatException>(() => BaseDeltaFile.Read(Write(bytes), Modules)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_truncated_file_is_refused()
    {
        byte[] bytes = BaseDeltaFile.Write(Sample());
        for (int length = 0; length < bytes.Length; length += 97)
        {
            string file = Write(bytes[..length]);
            Assert.Throws<AdapterFormatException>(() => BaseDeltaFile.Read(file, Modules));
        }
    }

    private static TensorData Of(string name, int rows, int columns) => new(name, [rows, columns], new float[rows * columns]);

    // 10 inputs, rank 2: [12×10] is smaller as factors, [4×10] with rank 3 in full.
    private static BaseDelta Sample() => BaseDelta.None.Plus(
        new Dictionary<string,
        LoraFactors>
        { ["layer.query"] = Given.Factors(2, 10, 12, seed: 1), ["layer.value"] = Given.Factors(3, 10, 4, seed: 2) },
        scale: 2);

    private string Write(byte[] bytes)
    {
        File.WriteAllBytes(folder.File("delta"), bytes);
        return folder.File("delta");
    }
}
