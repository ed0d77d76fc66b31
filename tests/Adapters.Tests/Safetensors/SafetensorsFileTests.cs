using System.Buffers.Binary;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Safetensors;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void Every_floating_type_reads_as_the_same_numbers()
    {
        using var folder = new TemporaryFolder();
        float[] numbers = [1.5f, -2f, 0.25f, -0f]; // exact in all four types
        byte[] f64 = new byte[32], f32 = new byte[16], f16 = new byte[8], bf16 = new byte[8];
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(f64.AsSpan(i * 8), numbers[i]);
            BinaryPrimitives.WriteSingleLittleEndian(f32.AsSpan(i * 4), numbers[i]);
            BinaryPrimitives.WriteHalfLittleEndian(f16.AsSpan(i * 2), (Half)numbers[i]);
            BinaryPrimitives.WriteUInt16LittleEndian(bf16.AsSpan(i * 2), (ushort)(BitConverter.SingleToUInt32Bits(numbers[i]) >> 16));
        }

        string path = RawSafetensors.Write(folder.File("m.safetensors"), """
            {"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]},"b":{"dtype":"F32","shape":[2,2],"data_offsets":[32,48]},
             "c":{"dtype":"F16","shape":[4,1],"data_offsets":[48,56]},"d":{"dtype":"BF16","shape":[1,4],"data_offsets":[56,64]},
             "e":{"dtype":"F32","shape":[0,7],"data_offsets":[56,56]},"__metadata__":{"format":"pt"}}
            """, [.. f64, .. f32, .. f16, .. bf16]);
        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal(["a", "b", "c", "d", "e"], file.Tensors.Keys);
        Assert.All(new[] { "a", "b", "c", "d" }, name => Assert.Equal(numbers, file.ReadSingles(name)));
        Assert.Empty(file.ReadSingles("e"));
        Assert.Equal([2, 2], file.Tensors["b"].Shape);
        Assert.Equal(f32, file.Bytes("b").ToArray());
        Assert.Equal("pt", file.Metadata["format"]);
        float[] middle = new float[2];
        file.ReadSingles("c", 1, middle);
        Assert.Equal([-2f, 0.25f], middle);
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "takes 4 bytes, but F32 [2] takes 8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "outside the 4 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "outside the 4 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", "no whole number")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "its tensors take 0 bytes, but 4 bytes")]
    [InlineData("""{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""", "neither overlap nor leave gaps")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "neither overlap nor leave gaps")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "'x' occurs twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", "once each")]
    [InlineData("""{"x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", "unknown dtype 'F31'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "no whole number")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", "no whole number")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,2147483647],"data_offsets":[0,4]}}""", "takes 4 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", "more than 16")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", "lacks data_offsets")]
    [InlineData("""{"x":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", "not well-formed")]
    [InlineData("""{"x\u001b[2J":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "control character")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} {}""", "not well-formed")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", "not well-formed")]
    [InlineData("""{"__metadata__":{"k":1},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "no string")]
    [InlineData("[]", "not a JSON object")]
    public void A_header_that_contradicts_itself_or_the_file_is_refused(string header, string problem)
    {
        using var folder = new TemporaryFolder();
        string path = RawSafetensors.Write(folder.File("bad.safetensors"), header, new byte[4]);

        var refusal = Assert.Throws<AdapterFormatException>(() => SafetensorsFile.Open(path));

        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', refusal.Message);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(100_000_001)]
    [InlineData(3)]
    public void A_header_length_beyond_the_file_is_refused_before_it_is_used(long claimed)
    {
        using var folder = new TemporaryFolder();
        string path = RawSafetensors.Write(folder.File("bad.safetensors"), "{}", [], claimed);

        var refusal = Assert.Throws<AdapterFormatException>(() => SafetensorsFile.Open(path));

        Assert.Contains("claim a header of", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_flipped_or_missing_byte_gives_a_refusal_or_the_same_tensors()
    {
        using var folder = new TemporaryFolder();
        byte[] good = RawSafetensors.Bytes("""{"w":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},"v":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}}""", new byte[24]);
        var random = new Random(5);
        int refused = 0;
        for (int trial = 0; trial < 600; trial++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            string path = folder.File("m.safetensors");
            File.WriteAllBytes(path, trial % 3 == 0 ? bad[..random.Next(bad.Length)] : bad);
            try
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                Assert.Equal(24, file.Tensors.Values.Sum(t => t.ByteLength));
            }
            catch (AdapterFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 200, 599); // every truncation, and most flips in the header; flips in the data are no matter of format
    }

    [Fact]
    public void Reading_what_is_not_there_or_no_number_names_the_tensor()
    {
        using var folder = new TemporaryFolder();
        string path = RawSafetensors.Write(folder.File("m.safetensors"), """{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", new byte[8]);
        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Contains("'missing'", Assert.Throws<AdapterFormatException>(() => file.ReadSingles("missing")).Message, StringComparison.Ordinal);
        Assert.Contains("'ids' is I64", Assert.Throws<AdapterFormatException>(() => file.ReadSingles("ids")).Message, StringComparison.Ordinal);
    }
}
