using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.BaseModels;

public sealed class BaseModelFolderTests : IDisposable
{
    private const int Width = 64;
    private const int Labels = 3;

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string, string, string[], string[]> Families => new()
    {
        { "bert", "hidden_size", "bert.encoder.layer.0.attention.self.query", ["classifier"], ["classifier.bias [3]", "classifier.weight [3×64]"] },
        { "roberta", "hidden_size", "roberta.encoder.layer.0.attention.self.query", ["classifier"], RobertaHead },
        { "xlm-roberta", "hidden_size", "roberta.encoder.layer.0.attention.self.query", ["classifier"], RobertaHead },
        {
            "distilbert", "dim", "distilbert.transformer.layer.0.attention.q_lin", ["pre_classifier", "classifier"],
            ["classifier.bias [3]", "classifier.weight [3×64]", "pre_classifier.bias [64]", "pre_classifier.weight [64×64]"]
        },
        { "use-lite", "hidden_size", "encoder.layer.0.attention.qkv", ["classifier"], ["classifier.bias [3]", "classifier.weight [3×64]"] },
        { "llama", "hidden_size", "model.layers.0.self_attn.q_proj", ["score"], ["score.weight [3×64]"] },
        { "mistral", "hidden_size", "model.layers.0.self_attn.q_proj", ["score"], ["score.weight [3×64]"] },
        { "qwen2", "hidden_size", "model.layers.0.self_attn.q_proj", ["score"], ["score.weight [3×64]"] },
    };

    private static string[] RobertaHead =>
        ["classifier.dense.bias [64]", "classifier.dense.weight [64×64]", "classifier.out_proj.bias [3]", "classifier.out_proj.weight [3×64]"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void A_run_begins_with_the_head_of_the_models_family(string type, string widthSetting, string module, string[] modules, string[] tensors)
    {
        Write($$"""{ "model_type": "{{type}}", "{{widthSetting}}": {{Width}} }""", $"{module}.weight");

        LoraAdapter adapter = First(module);

        Assert.Equal(modules, adapter.Settings.ModulesToSave);
        Assert.Equal(tensors, adapter.Saved.Select(saved => $"{saved.Key} [{string.Join('×', saved.Value.Shape)}]"));
        Assert.Equal([module], adapter.Modules.Keys);
    }

    [Fact]
    public void Patterns_of_targets_become_names_in_the_settings_for_PEFT_knows_none()
    {
        Write("""{ "model_type": "bert", "hidden_size": 64 }""", "bert.encoder.layer.0.query.weight", "bert.encoder.layer.1.query.weight", "bert.encoder.layer.1.key.weight", "bert.pooler.dense.weight");

        Assert.Equal(["bert.encoder.layer.1.key", "bert.encoder.layer.1.query"], First("*.layer.1.*").Settings.TargetModules);
        Assert.Equal(["bert.encoder.layer.0.query", "bert.encoder.layer.1.key", "bert.encoder.layer.1.query"], First("all-linear").Modules.Keys);
        Assert.Equal(["query"], First("query").Settings.TargetModules);
        using var model = BaseModelFolder.Open(folder.Path);
        Assert.Equal("bert.encoder.layer.1.key", Assert.Single(model.Layers(["*.key"])).Name);
    }

    [Theory]
    [InlineData("roberta", "hidden_size", "roberta.encoder.query", "classifier.dense.weight", "classifier.out_proj.weight")]
    [InlineData("distilbert", "dim", "distilbert.transformer.query", "pre_classifier.weight", "classifier.weight")]
    public void Only_the_last_layer_of_a_head_begins_at_zero(string type, string widthSetting, string module, string hidden, string last)
    {
        Write($$"""{ "model_type": "{{type}}", "{{widthSetting}}": {{Width}}, "initializer_range": 0.05 }""", $"{module}.weight");

        LoraAdapter adapter = First(module, seed: 1);

        float[] drawn = adapter.Saved[hidden].Values;
        Assert.InRange(drawn.Average(value => (double)value), -5 * 0.05 / Width, 5 * 0.05 / Width); // five standard errors of 64² values
        Assert.InRange(Math.Sqrt(drawn.Average(value => (double)value * value)), 0.05 * 0.94, 0.05 * 1.06); // five of √(1/(2·64²)) = 1.1 %
        Assert.All(adapter.Saved.Where(saved => saved.Key != hidden).SelectMany(saved => saved.Value.Values), value => Assert.Equal(0, value));
        Assert.Contains(last, adapter.Saved.Keys);
        Assert.Equal(drawn, First(module, seed: 1).Saved[hidden].Values);
        Assert.NotEqual(drawn, First(module, seed: 2).Saved[hidden].Values);
    }

    [Fact]
    public void A_head_of_two_layers_survives_a_PEFT_folder_bit_for_bit()
    {
        Write($$"""{ "model_type": "roberta", "hidden_size": {{Width}} }""", "roberta.encoder.query.weight");
        LoraAdapter adapter = First("query");
        string peft = Path.Combine(folder.Path, "peft");

        PeftFolder.Write(peft, adapter, baseModelName: null, taskType: "SEQ_CLS");
        LoraAdapter read = PeftFolder.Read(peft);

        Assert.Equal(adapter.Settings.ModulesToSave, read.Settings.ModulesToSave);
        Assert.Equal(adapter.Saved.Keys, read.Saved.Keys);
        Assert.All(adapter.Saved, saved => Assert.Equal(saved.Value.Values, read.Saved[saved.Key].Values));
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(peft, "adapter_model.safetensors"));
        Assert.Contains("base_model.model.classifier.out_proj.weight", file.Tensors.Keys);
    }

    [Theory]
    [InlineData("bert", "encoder.layer.0.attention.self.query.weight", "bert.encoder.layer.0.attention.self.query.weight")]
    [InlineData("bert", "embeddings.LayerNorm.gamma", "bert.embeddings.LayerNorm.weight")]
    [InlineData("bert", "encoder.layer.0.output.LayerNorm.beta", "bert.encoder.layer.0.output.LayerNorm.bias")]
    [InlineData("bert", "cls.predictions.bias", "cls.predictions.bias")]
    [InlineData("roberta", "pooler.dense.weight", "roberta.pooler.dense.weight")]
    [InlineData("distilbert", "transformer.layer.0.ffn.lin1.weight", "distilbert.transformer.layer.0.ffn.lin1.weight")]
    [InlineData("llama", "layers.0.mlp.up_proj.weight", "model.layers.0.mlp.up_proj.weight")]
    [InlineData("use-lite", "encoder.layer.0.ffn.up.weight", "encoder.layer.0.ffn.up.weight")]
    public void Tensors_of_a_checkpoint_saved_without_a_head_get_their_published_names(string type, string saved, string published)
    {
        Write($$"""{ "model_type": "{{type}}" }""", saved);

        using var model = BaseModelFolder.Open(folder.Path);

        Assert.Equal([published], model.Weights.Tensors.Keys);
        Assert.Equal(published, model.Weights.Tensors[published].Name);
        Assert.Equal(Width * Width, model.Weights.ReadSingles(published).Length);
        Assert.Equal(4 * Width * Width, model.Weights.Bytes(published).Length);
    }

    [Fact]
    public void Names_stay_where_the_prefix_is_there_already()
    {
        Write("""{ "model_type": "bert" }""", "bert.encoder.query.weight", "encoder.odd.weight");

        using var model = BaseModelFolder.Open(folder.Path);

        Assert.Equal(["bert.encoder.query.weight", "encoder.odd.weight"], model.Weights.Tensors.Keys);
    }

    [Fact]
    public void Two_tensors_for_one_name_are_refused_by_both_names()
    {
        Write("""{ "model_type": "bert" }""", "encoder.LayerNorm.gamma", "encoder.LayerNorm.weight");

        Refused(
            () => BaseModelFolder.Open(folder.Path),
            "'encoder.LayerNorm.gamma' and 'encoder.LayerNorm.weight' both stand for 'bert.encoder.LayerNorm.weight'");
    }

    [Fact]
    public void Folders_that_never_were_Transformers_name_their_architecture()
    {
        Write($$"""{ "architecture": "use-lite (KonaTransformer)", "hidden_size": {{Width}} }""", "encoder.layer.0.attention.qkv.weight");

        Assert.Equal(["classifier"], First("qkv").Settings.ModulesToSave);
    }

    [Theory]
    [InlineData("""{ "model_type": "mamba" }""", "model_type is 'mamba'; supported are bert, distilbert, gpt2, llama")]
    [InlineData("""{ "model_type": 7 }""", "neither model_type nor architecture")]
    [InlineData("""{}""", "neither model_type nor architecture")]
    [InlineData("""[]""", "a configuration is a JSON object, not Array")]
    [InlineData("""{ "model_type": "bert" """, "is no valid JSON")]
    [InlineData("""{ "model_type": "bert" }""", "has no hidden_size from 1 to 65536")]
    [InlineData("""{ "model_type": "distilbert", "hidden_size": 4 }""", "has no dim from 1 to 65536")]
    [InlineData("""{ "model_type": "bert", "hidden_size": 4000000000 }""", "has no hidden_size from 1 to 65536")]
    [InlineData("""{ "model_type": "bert", "hidden_size": 4, "initializer_range": -1 }""", "initializer_range is -1")]
    public void A_wrong_configuration_is_refused_with_the_setting(string config, string problem)
    {
        string prefix = config.Contains("distilbert", StringComparison.Ordinal) ? "distilbert.transformer" : "bert.encoder";
        Write(config, $"{prefix}.query.weight");

        Refused(() => First("query"), problem);
    }

    [Fact]
    public void A_configuration_nested_too_deeply_is_refused()
    {
        Write($$"""{ "model_type": "bert", "x": {{new string('[', 100_000)}}{{new string(']', 100_000)}} }""", "bert.encoder.query.weight");

        Refused(() => First("query"), "config.json is no valid JSON");
    }

    [Fact]
    public void A_missing_configuration_is_refused() => Refused(() => BaseModelFolder.Open(folder.Path), "config.json is missing");

    private static void Refused(Action open, string problem) =>
        Assert.Contains(problem, Assert.Throws<AdapterFormatException>(open).Message, StringComparison.Ordinal);

    private LoraAdapter First(string target, ulong seed = 1)
    {
        using var model = BaseModelFolder.Open(folder.Path);
        return model.FirstAdapter(new LoraSettings { Rank = 2, Alpha = 4, TargetModules = [target] }, Labels, seed);
    }

    private void Write(string config, params string[] tensors)
    {
        File.WriteAllText(folder.File("config.json"), config);
        SafetensorsWriter.Write(
            folder.File("model.safetensors"), [.. tensors.Select(name => new TensorData(name, [Width, Width], new float[Width * Width]))]);
    }
}
