using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

public sealed class BaseModelTests : IDisposable
{
    private const string Query = "bert.encoder.layer.1.attention.self.query.weight";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_is_read_with_the_names_that_Transformers_publishes()
    {
        TinyBert.Write(folder.Path, pooler: true);

        BaseModel model = BaseModel.Load(folder.Path);

        string[] names = [.. model.Network.Layout.Parameters.Select(parameter => parameter.ToString()).Order(StringComparer.Ordinal)];
        Assert.Equal(39, names.Length);
        Assert.Contains("bert.embeddings.word_embeddings.weight [21×16]", names);
        Assert.Contains("bert.embeddings.LayerNorm.bias [16]", names);
        Assert.Contains("bert.encoder.layer.1.intermediate.dense.weight [32×16]", names);
        Assert.Contains("bert.encoder.layer.0.attention.output.LayerNorm.weight [16]", names);
        Assert.Contains("bert.pooler.dense.bias [16]", names);
        Assert.Equal(64, model.Sha256.Length);
    }

    [Fact]
    public void A_missing_tensor_is_named() => Refused(tensors => tensors.Remove(Query), Query, "lack");

    [Fact]
    public void A_misshapen_tensor_is_named_with_both_shapes() =>
        Refused(tensors => tensors[Query] = new TensorData(Query, [8, 32], new float[256]), Query, "[8×32]", "[16×16]");

    [Fact]
    public void A_tensor_of_no_layer_is_named() =>
        Refused(
            tensors =>
                tensors.Add("bert.encoder.layer.2.output.dense.bias", new TensorData("bert.encoder.layer.2.output.dense.bias", [16], new float[16])),
            "layer.2.output.dense.bias");

    [Fact]
    public void Heads_for_other_tasks_are_passed_over()
    {
        TinyBert.Write(
            folder.Path, change: tensors => tensors.Add("cls.predictions.bias", new TensorData("cls.predictions.bias", [21], new float[21])));

        Assert.NotNull(BaseModel.Load(folder.Path));
    }

    [Fact]
    public void A_weight_that_is_not_finite_is_named_with_its_place()
    {
        TinyBert.Write(folder.Path);
        string path = folder.File("model.safetensors");
        long offset;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            offset = file.Tensors[Query].Offset;
        }

        using (FileStream stream = File.OpenWrite(path))
        {
            stream.Position = offset + (4 * 7);
            stream.Write(BitConverter.GetBytes(float.NaN));
        }

        Refused(Query, "NaN", "position 7");
    }

    [Theory]
    [InlineData("\"model_type\": \"bert\"", "\"model_type\": \"mamba\"", "model_type", "mamba")]
    [InlineData("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"swish\"", "hidden_act", "swish")]
    [InlineData("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"gelu\", \"is_decoder\": true", "is_decoder", "true")]
    [InlineData("\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "num_attention_heads 3", "hidden_size 16")]
    [InlineData("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 2000000000", "num_hidden_layers", "2000000000")]
    [InlineData("\"hidden_size\": 16", "\"hidden_size\": \"wide\"", "hidden_size", "wide")]
    [InlineData("\"vocab_size\": 21", "\"vocab_size\": 20", "word_embeddings", "[20×16]")]
    [InlineData("{", "[", "config.json", "JSON")]
    public void A_wrong_setting_is_named(string right, string wrong, params string[] expected)
    {
        TinyBert.Write(folder.Path);
        string path = folder.File("config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(right, wrong, StringComparison.Ordinal));

        Refused(expected);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("vocab.txt")]
    public void A_missing_file_is_named(string name)
    {
        TinyBert.Write(folder.Path);
        File.Delete(folder.File(name));

        Refused(name);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5000)]
    public void A_truncated_weights_file_is_refused(int length)
    {
        TinyBert.Write(folder.Path);
        string path = folder.File("model.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);

        Refused("model.safetensors");
    }

    private void Refused(Action<Dictionary<string, TensorData>> change, params string[] expected)
    {
        TinyBert.Write(folder.Path, change: change);

        Refused(expected);
    }

    private void Refused(params string[] expected)
    {
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path));
        Assert.All(expected, part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }
}
