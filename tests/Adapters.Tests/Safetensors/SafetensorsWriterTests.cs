using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void The_bytes_are_those_of_the_format_page_whatever_the_order_of_the_tensors()
    {
        using var folder = new TemporaryFolder();
        var b = new TensorData("b", [2], new[] { 1f, -1f });
        var a = new TensorData("a", [1, 1], new[] { 0.5f }, TensorType.F16);
        var c = new TensorData("c", [], new[] { 2f }, TensorType.F16);

        SafetensorsWriter.Write(folder.File("1"), [c, a, b], new Dictionary<string, string> { ["z"] = "1", ["format"] = "pt" });
        SafetensorsWriter.Write(folder.File("2"), [b, a, c], new Dictionary<string, string> { ["format"] = "pt", ["z"] = "1" });

        const string Header = """{"__metadata__":{"format":"pt","z":"1"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F16","shape":[1,1],"data_offsets":[8,10]},"c":{"dtype":"F16","shape":[],"data_offsets":[10,12]}}""";
        string padded = Header.PadRight((Header.Length + 7) / 8 * 8);
        byte[] expected = RawSafetensors.Bytes(padded, [0, 0, 0x80, 0x3F, 0, 0, 0x80, 0xBF, 0, 0x38, 0, 0x40]);
        Assert.Equal(expected, File.ReadAllBytes(folder.File("1")));
        Assert.Equal(expected, File.ReadAllBytes(folder.File("2")));
    }

    [Fact]
    public void Single_precision_survives_bit_by_bit()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, 70_001).Select(_ => BitConverter.Int32BitsToSingle(random.Next())).Where(float.IsFinite), -0f, float.Epsilon, float.MaxValue];

        SafetensorsWriter.Write(folder.File("m"), [new TensorData("w", [values.Length], values)]);

        using SafetensorsFile file = SafetensorsFile.Open(folder.File("m"));
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), file.ReadSingles("w").Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(TensorType.BF16, 1f + (1f / 256), 1f)] // half-way between 1 and 1 + 2⁻⁷: the even one
    [InlineData(TensorType.BF16, 1f + (3f / 256), 1f + (4f / 256))] // half-way again, the even one is above
    [InlineData(TensorType.BF16, 1f + (1.01f / 256), 1f + (2f / 256))]
    [InlineData(TensorType.F16, 1f + (1f / 2048), 1f)]
    [InlineData(TensorType.F16, 1f + (3f / 2048), 1f + (4f / 2048))]
    public void Half_precision_rounds_to_nearest_even(TensorType type, float value, float expected)
    {
        using var folder = new TemporaryFolder();

        SafetensorsWriter.Write(folder.File("m"), [new TensorData("w", [], new[] { value }, type)]);

        using SafetensorsFile file = SafetensorsFile.Open(folder.File("m"));
        Assert.Equal(expected, file.ReadSingles("w")[0]);
    }

    [Theory]
    [InlineData(float.NaN, TensorType.F32)]
    [InlineData(float.NegativeInfinity, TensorType.BF16)]
    [InlineData(65520f, TensorType.F16)]
    [InlineData(float.MaxValue, TensorType.BF16)]
    public void A_value_the_type_cannot_hold_is_refused_with_its_index_and_no_file_appears(float value, TensorType type)
    {
        using var folder = new TemporaryFolder();

        var refusal = Assert.Throws<AdapterFormatException>(
            () => SafetensorsWriter.Write(folder.File("m"), [new TensorData("w", [2], new[] { 0f, value }, type)]));

        Assert.Contains("tensor 'w': value 1 is", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_shape_that_does_not_fit_the_values_is_refused()
    {
        using var folder = new TemporaryFolder();
        int[][] shapes = [[2], [-1, -1], [int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue], [0]];

        Assert.All(shapes, shape =>
            Assert.Throws<AdapterFormatException>(() => SafetensorsWriter.Write(folder.File("m"), [new TensorData("w", shape, new float[1])])));
    }

    [Fact]
    public void A_tensor_that_comes_to_another_number_of_bytes_is_refused_and_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        var source = new TensorSource("w", [3], TensorType.F16, stream => stream.Write([1, 2, 3, 4]));

        AdapterFormatException refusal = Assert.Throws<AdapterFormatException>(() => SafetensorsWriter.Write(folder.File("m"), [source], null));

        Assert.Contains("tensor 'w' came to 4 bytes, expected 6", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }
}
