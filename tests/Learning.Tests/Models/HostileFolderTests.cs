using System.Buffers.Binary;
using System.Text;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>Model folders that are broken or made to harm: refused with file and reason, and without memory for what they claim.</summary>
public sealed class HostileFolderTests : IDisposable
{
    private const string Query = "bert.encoder.layer.1.attention.self.query.weight";

    // What refusing takes: messages, the configuration and a header of real size.
    private const long RefusalBytes = 1 << 20;

    private readonly TemporaryFolder folder = new();

    private string Weights => folder.File("model.safetensors");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1L << 60)]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData(100_000_000L)]
    public void A_header_length_beyond_the_file_is_refused_without_memory_for_it(long claimed)
    {
        TinyBert.Write(folder.Path);
        byte[] bytes = File.ReadAllBytes(Weights);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, claimed);
        File.WriteAllBytes(Weights, bytes);

        RefusedCheaply("model.safetensors", "claim a header of");
    }

    [Fact]
    public void A_header_that_claims_a_huge_tensor_is_refused_without_memory_for_it()
    {
        TinyBert.Write(folder.Path);
        WriteRaw($$$"""{"{{{Query}}}":{"dtype":"F32","shape":[2000000000,2000000000],"data_offsets":[0,16000000000000000000]}}""");
        RefusedCheaply(Query, "data_offsets");

        WriteRaw($$$"""{"{{{Query}}}":{"dtype":"F32","shape":[2000000000,2000000000],"data_offsets":[0,16]}}""");
        RefusedCheaply(Query, "takes 16 bytes");
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}""", "neither overlap nor leave gaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}}""", "outside the 16 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "'a' occurs twice")]
    public void Tensors_that_overlap_leave_the_file_or_repeat_are_refused(string header, string problem)
    {
        TinyBert.Write(folder.Path);
        WriteRaw(header);

        Refused("model.safetensors", problem);
    }

    [Fact]
    public void Tensors_of_integers_are_no_weights()
    {
        TinyBert.Write(folder.Path, change: tensors => tensors.Remove(Query));
        byte[] bytes = File.ReadAllBytes(Weights);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        string json = Encoding.UTF8.GetString(bytes, 8, header).TrimEnd();
        int data = bytes.Length - 8 - header;
        string changed = $"{json[..^1]},\"{Query}\":{{\"dtype\":\"I32\",\"shape\":[16,16],\"data_offsets\":[{data},{data + 1024}]}}}}";
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, changed.Length);
        File.WriteAllBytes(Weights, [.. prefix, .. Encoding.UTF8.GetBytes(changed), .. bytes[(8 + header)..], .. new byte[1024]]);

        Refused(Query, "is I32, expected F32, F16, BF16 or F64");
    }

    [Theory]
    [InlineData("../outside.safetensors")]
    [InlineData("..\\outside.safetensors")]
    [InlineData("/etc/hostname")]
    [InlineData("C:outside.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    public void An_index_that_names_a_file_outside_the_folder_is_refused(string shard)
    {
        string inner = Directory.CreateDirectory(folder.File("inner")).FullName;
        TinyBert.Write(inner);
        File.Move(Path.Combine(inner, "model.safetensors"), folder.File("outside.safetensors"));
        WriteIndex(inner, (Query, shard));

        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => BaseModel.Load(inner));

        Assert.Contains("is not the name of a .safetensors file in the same folder", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_that_is_missing_is_named()
    {
        TinyBert.Write(folder.Path);
        File.Delete(Weights);
        WriteIndex(folder.Path, (Query, "model-00001-of-00002.safetensors"));

        Refused("model-00001-of-00002.safetensors is missing", Query);
    }

    [Fact]
    public void Shards_without_a_tensor_that_the_index_promises_are_refused()
    {
        TinyBert.Write(folder.Path);
        File.Move(Weights, folder.File("a.safetensors"));
        WriteIndex(folder.Path, (Query, "a.safetensors"), ("bert.odd", "a.safetensors"));

        Refused("a.safetensors", "no tensor 'bert.odd'");
    }

    [Fact]
    public void Shards_hold_the_same_model_as_one_file()
    {
        TinyBert.Write(folder.Path);
        float[] whole = Values(BaseModel.Load(folder.Path));
        TinyBert.Write(folder.Path, change: tensors =>
        {
            string[] names = [.. tensors.Keys];
            SafetensorsWriter.Write(folder.File("a.safetensors"), [.. names[..20].Select(name => tensors[name])]);
            SafetensorsWriter.Write(folder.File("b.safetensors"), [.. names[20..].Select(name => tensors[name])]);
            WriteIndex(folder.Path, [.. names.Select((name, i) => (name, i < 20 ? "a.safetensors" : "b.safetensors"))]);
        });
        File.Delete(Weights);

        Assert.Equal(whole, Values(BaseModel.Load(folder.Path)));
    }

    [Fact]
    public void Links_are_followed_as_the_cache_of_Hugging_Face_is_made_of_them()
    {
        string inner = Directory.CreateDirectory(folder.File("inner")).FullName;
        TinyBert.Write(inner);
        File.Move(Path.Combine(inner, "model.safetensors"), folder.File("blob"));
        File.CreateSymbolicLink(Path.Combine(inner, "model.safetensors"), folder.File("blob"));

        Assert.NotNull(BaseModel.Load(inner));
    }

    [Theory]
    [InlineData("bert", "vocab_size", "hidden_size", 1_000_000, 16_384)]
    [InlineData("bert", "intermediate_size", "hidden_size", 65_536, 16_384)]
    [InlineData("roberta", "vocab_size", "hidden_size", 1_000_000, 16_384)]
    [InlineData("distilbert", "vocab_size", "dim", 1_000_000, 16_384)]
    [InlineData("use-lite", "vocab_size", "embedding_dim", 1_000_000, 16_384)]
    public void Sizes_whose_product_is_absurd_are_refused_without_memory_for_them(string family, string first, string second, int one, int two)
    {
        TinyFolder.Write(folder.Path, family);
        Set((first, one), (second, two));

        // The smaller product fits an array, and is refused as soon as the file is looked at.
        RefusedCheaply("config.json", (long)one * two > Array.MaxLength ? "at most 2147483591 fit one tensor" : "config.json makes it");
    }

    [Theory]
    [InlineData("bert", "vocab_size,hidden_size,num_hidden_layers,num_attention_heads,intermediate_size,max_position_embeddings,type_vocab_size,layer_norm_eps")]
    [InlineData("roberta", "pad_token_id,vocab_size,hidden_size,num_hidden_layers")]
    [InlineData("distilbert", "vocab_size,dim,n_layers,n_heads,hidden_dim,max_position_embeddings")]
    [InlineData("use-lite", "vocab_size,embedding_dim,hidden_size,layers,heads,ffn_dim,max_position,layer_norm_eps")]
    public void A_size_out_of_range_is_named_with_its_value(string family, string settings)
    {
        foreach (string setting in settings.Split(','))
        {
            foreach (double value in new[] { -1, 2e9, 1e300 })
            {
                TinyFolder.Write(folder.Path, family);
                Set((setting, value));
                RefusedCheaply("config.json", setting);
            }
        }
    }

    [Theory]
    [InlineData("\"head_dim\": [4]")]
    [InlineData("\"head_dim\": [4, 6, 8]")]
    [InlineData("\"head_dim\": [4, 2000000000]")]
    [InlineData("\"head_dim\": [4, \"x\"]")]
    [InlineData("\"head_dim\": 4")]
    public void Head_widths_must_be_one_for_each_block(string wrong)
    {
        TinyFolder.Write(folder.Path, "use-lite");
        string path = folder.File("config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"head_dim\": [4, 6]", wrong, StringComparison.Ordinal));

        Refused("config.json", "head_dim is ", "it is 2 whole numbers from 1 to");
    }

    [Fact]
    public void A_configuration_that_is_nested_deeply_or_very_long_is_refused()
    {
        TinyBert.Write(folder.Path);
        File.WriteAllText(folder.File("config.json"), new string('[', 200_000));
        RefusedCheaply("config.json", "no valid JSON");
        File.WriteAllText(folder.File("config.json"), $"{{\"model_type\": \"bert\"{new string(' ', 5 << 20)}}}");
        RefusedCheaply("config.json", "bytes; a configuration has at most");
    }

    [Fact]
    public void A_tokenizer_with_more_words_than_the_model_has_vectors_is_refused()
    {
        TinyFolder.Write(folder.Path, "distilbert");
        File.AppendAllText(folder.File("vocab.txt"), "more\n");
        Refused("the tokenizer has 22 words, but vocab_size is 21");

        TinyFolder.Write(folder.Path, "use-lite");
        File.Delete(folder.File("vocab.txt"));
        File.AppendAllText(folder.File("vocab.tsv"), "22\t\"▁more\"\t-1\n");
        Refused("the tokenizer has 23 words, but vocab_size is 22");

        TinyFolder.Write(folder.Path, "roberta");
        string path = folder.File("tokenizer.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"sleeps\": 20", "\"sleeps\": 5000", StringComparison.Ordinal));
        Refused("the tokenizer has 5001 words, but vocab_size is 21");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_not_finite_are_refused_in_half_precision_too(float value)
    {
        TinyBert.Write(folder.Path);
        Dictionary<string, float[]> tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(Weights))
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
        WriteRaw($"{{{header}}}", data);

        Refused(Query, "position 9");
    }

    [Fact]
    public void A_folder_in_the_place_of_a_file_is_refused()
    {
        TinyBert.Write(folder.Path);
        File.Delete(Weights);
        Directory.CreateDirectory(Weights);

        Refused("there is neither model.safetensors nor model.safetensors.index.json");
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

    private static float[] Values(BaseModel model) => [.. model.Network.Layout.Parameters.SelectMany(parameter => model.Weight(parameter).ToArray())];

    private static void WriteIndex(string folder, params (string Tensor, string Shard)[] entries) => File.WriteAllText(
        Path.Combine(folder, SafetensorsSet.IndexName),
        System.Text.Json.JsonSerializer.Serialize(new { weight_map = entries.ToDictionary(entry => entry.Tensor, entry => entry.Shard) }));

    private void WriteRaw(string header, byte[]? data = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        File.WriteAllBytes(Weights, [.. prefix, .. json, .. data ?? new byte[16]]);
    }

    /// <summary>Replaces the numbers of settings in config.json.</summary>
    private void Set(params (string Setting, double Value)[] settings)
    {
        string path = folder.File("config.json");
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        foreach ((string setting, double value) in settings)
        {
            json[setting] = value == Math.Floor(value) && Math.Abs(value) < 1e15 ? (long)value : value;
        }

        File.WriteAllText(path, json.ToJsonString());
    }

    private void RefusedCheaply(params string[] expected)
    {
        _ = Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path)); // what is made once for all loads is made here
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(expected);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, RefusalBytes);
    }

    private void Refused(params string[] expected)
    {
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path));
        Assert.All(expected, part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }
}
