using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Merging;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Merging;

public sealed class ModelMergeTests : IDisposable
{
    private readonly TemporaryFolder root = new();

    private string Model => root.File("model");

    private string Output => root.File("merged");

    [Theory]
    [InlineData("bert.")]
    [InlineData("")] // an encoder's own checkpoint leaves the prefix out; beside a head, Transformers takes names with it only
    public void Adapted_weights_change_saved_tensors_come_along_and_all_else_keeps_its_bits(string prefix)
    {
        LoraAdapter adapter = Sample();
        WriteModel(adapter, prefix, TensorType.F32);

        MergeSummary summary = Merge(adapter, labels: ["a", "b", "c"]);

        Assert.Equal(new MergeSummary(Merged: 2, Saved: 2, Kept: 2, LacksPooler: true), summary);
        using SafetensorsSet before = SafetensorsSet.Open(Model), after = SafetensorsSet.Open(Output);
        Assert.Equal(
            adapter.Modules.Keys.Select(module => $"{module}.weight").Concat(["classifier.bias", "classifier.weight", "norm.weight", "position_ids"])
                .Order(StringComparer.Ordinal),
            after.Tensors.Keys);
        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            float[] expected = before.ReadSingles(prefix + module["bert.".Length..] + ".weight");
            MergedWeight.Apply(adapter.Settings, factors, [], expected);
            Assert.Equal(expected, after.ReadSingles($"{module}.weight"));
        }

        Assert.Equal(adapter.Saved["classifier.weight"].Values, after.ReadSingles("classifier.weight"));
        Assert.True(before.Bytes("position_ids").SequenceEqual(after.Bytes("position_ids")));
        Assert.True(before.Bytes("norm.weight").SequenceEqual(after.Bytes("norm.weight")));
        Assert.Equal("vocabulary", File.ReadAllText(Path.Combine(Output, "vocab.txt")));
        Assert.False(File.Exists(Path.Combine(Output, "pytorch_model.bin")));
    }

    [Fact]
    public void The_configuration_names_the_classes_and_the_classifier()
    {
        LoraAdapter adapter = Sample();
        WriteModel(adapter, "bert.", TensorType.F32);

        Merge(adapter, labels: ["a", "b", "c"]);

        JsonObject config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(Output, "config.json")))!.AsObject();
        Assert.Equal("BertForSequenceClassification", config["architectures"]![0]!.GetValue<string>());
        Assert.Equal("b", config["id2label"]!["1"]!.GetValue<string>());
        Assert.Equal(2, config["label2id"]!["c"]!.GetValue<int>());
        Assert.Equal(7, config["kept"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(null, TensorType.BF16)]
    [InlineData(TensorType.F32, TensorType.F32)]
    [InlineData(TensorType.F16, TensorType.F16)]
    public void Weights_keep_their_type_or_get_the_one_asked_for(TensorType? asked, TensorType written)
    {
        LoraAdapter adapter = Sample();
        WriteModel(adapter, "bert.", TensorType.BF16);

        Merge(adapter, precision: asked);

        using SafetensorsSet before = SafetensorsSet.Open(Model), after = SafetensorsSet.Open(Output);
        Assert.All(after.Tensors.Values.Where(tensor => tensor.Name != "position_ids"), tensor => Assert.Equal(written, tensor.Type));
        Assert.Equal(TensorType.I64, after.Tensors["position_ids"].Type);
        Assert.Equal(before.ReadSingles("norm.weight"), after.ReadSingles("norm.weight")); // bf16 of [0, 1] fits both others
        JsonObject config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(Output, "config.json")))!.AsObject();
        Assert.Equal(asked switch { TensorType.F32 => "float32", TensorType.F16 => "float16", _ => null }, config["torch_dtype"]?.GetValue<string>());
    }

    [Fact]
    public void GPT_2_s_Conv1D_weights_are_merged_the_way_they_lie()
    {
        var random = new Random(4);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var factors = new LoraFactors(new Matrix(2, 6, Values(12)), new Matrix(4, 2, Values(8)));
        var adapter = new LoraAdapter(
            SampleAdapter.Settings(rank: 2) with { TargetModules = ["c_attn"] }, [KeyValuePair.Create("transformer.h.0.attn.c_attn", factors)]);
        float[] weight = Values(24); // [inputs × outputs]
        Directory.CreateDirectory(Model);
        File.WriteAllText(Path.Combine(Model, "config.json"), """{"model_type":"gpt2"}""");
        SafetensorsWriter.Write(Path.Combine(Model, "model.safetensors"), [new TensorData("h.0.attn.c_attn.weight", [6, 4], weight)]);

        Merge(adapter);

        using SafetensorsSet after = SafetensorsSet.Open(Output);
        float[] merged = after.ReadSingles("h.0.attn.c_attn.weight");
        for (int i = 0; i < 6; i++)
        {
            for (int o = 0; o < 4; o++)
            {
                double delta = adapter.Settings.Scale * ((factors.B[o, 0] * (double)factors.A[0, i]) + (factors.B[o, 1] * (double)factors.A[1, i]));
                Assert.Equal(weight[(i * 4) + o] + delta, merged[(i * 4) + o], 1e-6); // a few roundings of values of about 1
            }
        }
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused_and_nothing_is_written()
    {
        LoraAdapter adapter = Sample();
        WriteModel(adapter, "bert.", TensorType.F32);
        var other = new LoraAdapter(adapter.Settings, [KeyValuePair.Create("bert.encoder.layer.9.self.query", adapter.Modules.First().Value)]);
        var wide = new LoraAdapter(
            adapter.Settings, [KeyValuePair.Create("bert.encoder.layer.0.self.query", new LoraFactors(new Matrix(4, 33), new Matrix(48, 4)))]);
        var dora = new LoraAdapter(adapter.Settings with { Variant = AdapterVariant.Dora }, adapter.Modules, adapter.Saved);

        Assert.Contains(
            "there is no tensor 'bert.encoder.layer.9.self.query.weight'",
            Assert.Throws<AdapterFormatException>(() => Merge(other)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "is F32 [48×32], expected F32, F16 or BF16 [48×33]",
            Assert.Throws<AdapterFormatException>(() => Merge(wide)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "has no 'bert.encoder.layer.0.self.query.lora_magnitude_vector' [48]",
            Assert.Throws<AdapterFormatException>(() => Merge(dora)).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void An_output_layer_that_is_the_word_embeddings_once_more_cannot_be_merged_into()
    {
        var factors = new LoraFactors(new Matrix(2, 6), new Matrix(4, 2));
        var adapter = new LoraAdapter(
            SampleAdapter.Settings(rank: 2) with { TargetModules = ["lm_head"] }, [KeyValuePair.Create("lm_head", factors)]);
        Directory.CreateDirectory(Model);
        File.WriteAllText(Path.Combine(Model, "config.json"), """{"model_type":"llama","tie_word_embeddings":true}""");
        SafetensorsWriter.Write(
            Path.Combine(Model, "model.safetensors"),
            [new TensorData("lm_head.weight", [4, 6], new float[24]), new TensorData("model.embed_tokens.weight", [4, 6], new float[24])]);

        Assert.Contains(
            "ties the output layer to the word embeddings",
            Assert.Throws<AdapterFormatException>(() => Merge(adapter)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_the_type_cannot_hold_is_refused_and_nothing_is_left_behind()
    {
        LoraAdapter adapter = Sample();
        adapter.Saved["classifier.bias"].Values[0] = 70_000; // half precision ends at 65,504
        WriteModel(adapter, "bert.", TensorType.F32);

        AdapterFormatException refusal = Assert.Throws<AdapterFormatException>(() => Merge(adapter, precision: TensorType.F16));

        Assert.Contains("tensor 'classifier.bias': value 0 is 70000", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([Model], Directory.EnumerateFileSystemEntries(root.Path));
    }

    [Fact]
    public void A_cancelled_merge_leaves_nothing_behind()
    {
        LoraAdapter adapter = Sample();
        WriteModel(adapter, "bert.", TensorType.F32);

        Assert.Throws<OperationCanceledException>(() => ModelMerge.Write(
            new ModelMergeRequest { ModelFolder = Model, Adapter = adapter, Output = Output }, new CancellationToken(canceled: true)));

        Assert.Equal([Model], Directory.EnumerateFileSystemEntries(root.Path));
    }

    [Fact]
    public void Without_a_head_the_names_stay_as_the_checkpoint_has_them()
    {
        LoraAdapter adapter = Sample();
        WriteModel(adapter, "", TensorType.F32);

        Merge(new LoraAdapter(adapter.Settings, adapter.Modules));

        using SafetensorsSet before = SafetensorsSet.Open(Model), after = SafetensorsSet.Open(Output);
        Assert.Equal(before.Tensors.Keys, after.Tensors.Keys);
    }

    [Theory]
    [InlineData("""{"model_type":"gpt2","architectures":["GPT2LMHeadModel"]}""", "GPT2ForSequenceClassification")]
    [InlineData("""{"model_type":"bert","architectures":["BertModel"],"num_labels":9}""", "BertForSequenceClassification")]
    public void The_architecture_of_the_classifier_follows_from_the_base_s(string json, string expected)
    {
        LoraAdapter adapter = Sample();
        WriteModel(adapter, "bert.", TensorType.F32);
        File.WriteAllText(Path.Combine(Model, "config.json"), json);

        Merge(adapter, labels: ["a", "b", "c"]);

        JsonObject config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(Output, "config.json")))!.AsObject();
        Assert.Equal(expected, config["architectures"]![0]!.GetValue<string>());
        Assert.Equal(3, config["num_labels"]?.GetValue<int>() ?? 3);
        Assert.Contains(
            "has 3 rows, but names of 2 labels (a, b)",
            Assert.Throws<AdapterFormatException>(() => Merge(adapter, labels: ["a", "b"])).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => root.Dispose();

    /// <summary>Of layers that the family has.</summary>
    private static LoraAdapter Sample()
    {
        LoraAdapter sample = SampleAdapter.Create(seed: 1);
        return new LoraAdapter(
            sample.Settings,
            sample.Modules.Select(
                module => KeyValuePair.Create(module.Key.Replace("bert.layer", "bert.encoder.layer", StringComparison.Ordinal), module.Value)),
            sample.Saved);
    }

    private MergeSummary Merge(LoraAdapter adapter, TensorType? precision = null, IReadOnlyList<string>? labels = null) => ModelMerge.Write(
        new ModelMergeRequest { ModelFolder = Model, Adapter = adapter, TaskType = "SEQ_CLS", Labels = labels, Output = Output, Precision = precision },
        TestContext.Current.CancellationToken);

    private void WriteModel(LoraAdapter adapter, string prefix, TensorType type)
    {
        var random = new Random(2);
        Directory.CreateDirectory(Model);
        List<TensorSource> tensors =
        [
            .. adapter.Modules.Select(
                module => Tensor(prefix + module.Key["bert.".Length..] + ".weight", [module.Value.Outputs, module.Value.Inputs])),
            Tensor("norm.weight", [32]),
            new TensorSource("position_ids", [2], TensorType.I64, stream => stream.Write([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])),
        ];
        SafetensorsWriter.Write(Path.Combine(Model, "model.safetensors"), tensors, null);
        File.WriteAllText(Path.Combine(Model, "config.json"), """{"model_type":"bert","architectures":["BertForMaskedLM"],"kept":7}""");
        File.WriteAllText(Path.Combine(Model, "vocab.txt"), "vocabulary");
        File.WriteAllText(Path.Combine(Model, "pytorch_model.bin"), "pickle");

        TensorSource Tensor(string name, int[] shape) => new(
            name, shape, type, stream => SafetensorsWriter.WriteValues(
                stream, type, [.. Enumerable.Range(0, shape.Aggregate((x, y) => x * y)).Select(_ => random.NextSingle())]));
    }
}
