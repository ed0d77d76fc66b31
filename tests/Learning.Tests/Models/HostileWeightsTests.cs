using System.Buffers.Binary;
using System.Text;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>Weights that are broken or made to harm: refused with file and reason, and without memory for what they claim.</summary>
public sealed class HostileWeightsTests : IDisposable
{
    private const string Query = HostileFolder.Query;

    private readonly HostileFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1L << 60)]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData(100_000_000L)]
    public void A_header_length_beyond_the_file_is_refused_without_memory_for_it(long claimed)
    {
        TinyBert.Write(folder.Path);
        byte[] bytes = File.ReadAllBytes(folder.Weights);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, claimed);
        File.WriteAllBytes(folder.Weights, bytes);

        folder.RefusedCheaply("model.safetensors", "claim a header of");
    }

    [Fact]
    public void A_header_that_claims_a_huge_tensor_is_refused_without_memory_for_it()
    {
        TinyBert.Write(folder.Path);
        folder.WriteRaw($$$"""{"{{{Query}}}":{"dtype":"F32","shape":[2000000000,2000000000],"data_offsets":[0,16000000000000000000]}}""");
        folder.RefusedCheaply(Query, "data_offsets");

        folder.WriteRaw($$$"""{"{{{Query}}}":{"dtype":"F32","shape":[2000000000,2000000000],"data_offsets":[0,16]}}""");
        folder.RefusedCheaply(Query, "takes 16 bytes");
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}""", "neither overlap nor leave gaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}}""", "outside the 16 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "'a' occurs twice")]
    public void Tensors_that_overlap_leave_the_file_or_repeat_are_refused(string header, string problem)
    {
        TinyBert.Write(folder.Path);
        folder.WriteRaw(header);

        folder.Refused("model.safetensors", problem);
    }

    [Fact]
    public void Tensors_of_integers_are_no_weights()
    {
        TinyBert.Write(folder.Path, change: tensors => tensors.Remove(Query));
        byte[] bytes = File.ReadAllBytes(folder.Weights);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        string json = Encoding.UTF8.GetString(bytes, 8, header).TrimEnd();
        int data = bytes.Length - 8 - header;
        string changed = $"{json[..^1]},\"{Query}\":{{\"dtype\":\"I32\",\"shape\":[16,16],\"data_offsets\":[{data},{data + 1024}]}}}}";
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, changed.Length);
        File.WriteAllBytes(folder.Weights, [.. prefix, .. Encoding.UTF8.GetBytes(changed), .. bytes[(8 + header)..], .. new byte[1024]]);

        folder.Refused(Query, "is I32, expected F32, F16, BF16 or F64");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_not_finite_are_refused_in_half_precision_too(float value)
    {
        TinyBert.Write(folder.Path);
        Dictionary<string, float[]> tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(folder.Weights))
        {
            tensors = file.Tensors.Keys.ToDictionary(name => name, file.ReadSingles, StringComparer.Ordinal);
        }

        byte[] data = [.. tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).SelectMany(tensor => tensor.Value.SelectMany((number, i) =>
            BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(tensor.Key == Query && i == 9 ? value : number) >> 16))))];
        int at = 0;
        IReadOnlyList<Parameter> parameters = TinyFolder.Load("bert").Network.Layout.Parameters;
        string header = string.Join(",", tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).Select(tensor =>
        {
            string shape = string.Join(',', parameters.Single(p => p.Name == tensor.Key).Shape);
            int begin = at;
            at += 2 * tensor.Value.Length;
            return $"\"{tensor.Key}\":{{\"dtype\":\"BF16\",\"shape\":[{shape}],\"data_offsets\":[{begin},{at}]}}";
        }));
        folder.WriteRaw($"{{{header}}}", data);

        folder.Refused(Query, "position 9");
    }

    [Fact]
    public void A_folder_in_the_place_of_a_file_is_refused()
    {
        TinyBert.Write(folder.Path);
        File.Delete(folder.Weights);
        Directory.CreateDirectory(folder.Weights);

        folder.Refused("there is neither model.safetensors nor model.safetensors.index.json");
    }

    [Theory]
    [InlineData("bert", "config.json")]
    [InlineData("bert", "vocab.txt")]
    [InlineData("bert", "model.safetensors")]
    [InlineData("roberta", "config.json")]
    [InlineData("roberta", "tokenizer.json")]
    [InlineData("use-lite", "config.json")]
    [InlineData("use-lite", "vocab.tsv")]
    public void Any_changed_or_missing_bytes_give_a_model_or_a_refusal_and_nothing_else(string family, string name)
    {
        TinyFolder.Write(folder.Path, family);
        byte[] good = File.ReadAllBytes(folder.File(name));
        int checkedBytes = Math.Min(good.Length, 4000); // of the weights: the header
        var random = new Random(11);
        int refused = 0;
        for (int trial = 0; trial < 150; trial++)
        {
            byte[] bad = [.. good];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                bad[random.Next(checkedBytes)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(folder.File(name), trial % 3 == 0 ? bad[..random.Next(bad.Length)] : bad);
            try
            {
                Assert.NotNull(BaseModel.Load(folder.Path));
            }
            catch (InvalidDataException refusal)
            {
                Assert.Contains(folder.Path, refusal.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.InRange(refused, 1, 150);
    }
}
