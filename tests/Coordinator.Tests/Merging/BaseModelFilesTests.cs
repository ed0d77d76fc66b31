using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Merging;

public sealed class BaseModelFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_on_a_model_whose_head_has_two_layers_begins_and_offers_with_both()
    {
        CoordinatorOptions options = Options("""{ "model_type": "distilbert", "dim": 4 }""", "transformer.layer.0.attention.q_lin.weight", "q_lin");

        await using RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync("a1", "a2", "a3");
        TaskOffer offer = await rig.OfferAsync("a1");

        Assert.Equal(["pre_classifier", "classifier"], offer.Lora.ModulesToSave);
        LoraAdapter first = rig.Broadcast(offer);
        Assert.Equal(["distilbert.transformer.layer.0.attention.q_lin"], first.Modules.Keys);
        Assert.Equal(["classifier.bias", "classifier.weight", "pre_classifier.bias", "pre_classifier.weight"], first.Saved.Keys);
        Assert.All(first.Saved["pre_classifier.weight"].Values, value => Assert.NotEqual(0, value));
        Assert.All(first.Saved["classifier.weight"].Values, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData("distilbert", "transformer.layer.0.attention.q_lin", "transformer.layer.0.attention.v_lin", "dim")]
    [InlineData("gpt2", "h.0.attn.c_attn", "h.1.attn.c_attn", "n_embd")]
    [InlineData("llama", "layers.0.self_attn.q_proj", "layers.0.self_attn.v_proj", "hidden_size")]
    public async Task Without_targets_those_of_the_models_family_are_adapted_and_offered(string family, string one, string other, string width)
    {
        CoordinatorOptions options = Settings.For(folder) with { Lora = new LoraOptions { Rank = 2, Alpha = 4 } };
        File.WriteAllText(Path.Combine(options.BaseModelFolder, "config.json"), $$"""{ "model_type": "{{family}}", "{{width}}": 4 }""");
        TensorData[] layers = [.. new[] { one, other, one.Replace("0", "2", StringComparison.Ordinal) + "_not" }.Select(name => new TensorData($"{name}.weight", [4, 4], new float[16]))];
        SafetensorsWriter.Write(Path.Combine(options.BaseModelFolder, "model.safetensors"), layers);

        await using RunRig rig = await RunRig.StartAsync(options);
        await rig.HelloAllAsync("a1", "a2", "a3");
        TaskOffer offer = await rig.OfferAsync("a1");

        Assert.Equal(2, rig.Broadcast(offer).Modules.Count);
        Assert.Equal(rig.Broadcast(offer).Modules.Keys.Select(name => name.Split('.')[^1]).Distinct(), offer.Lora.TargetModules);
    }

    [Theory]
    [InlineData("""{ "model_type": "mamba", "hidden_size": 4 }""", "model_type is 'mamba'; supported are bert")]
    [InlineData("""{ "model_type": "distilbert", "hidden_size": 4 }""", "has no dim from 1 to 65536")]
    [InlineData("""{ "model_type": "distilbert", "dim": 4""", "is no valid JSON")]
    [InlineData("""{ "model_type": "bert", "hidden_size": 4 }""", "The target module 'q_lin' is not in the base model under 'bert.encoder'")]
    public async Task A_model_that_no_run_can_begin_on_is_refused_with_the_reason(string config, string problem)
    {
        CoordinatorOptions options = Options(config, "transformer.layer.0.attention.q_lin.weight", "q_lin");

        CoordinatorOptionsException refusal = await Assert.ThrowsAsync<CoordinatorOptionsException>(() => BaseModelFiles.ReadAsync(
            options, TestContext.Current.CancellationToken));

        Assert.StartsWith($"BaseModelFolder '{options.BaseModelFolder}' or Lora:TargetModules: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    private CoordinatorOptions Options(string config, string tensor, string target)
    {
        CoordinatorOptions options = Settings.For(folder) with { Lora = new LoraOptions { Rank = 2, Alpha = 4, TargetModules = [target] } };
        File.WriteAllText(Path.Combine(options.BaseModelFolder, "config.json"), config);
        SafetensorsWriter.Write(Path.Combine(options.BaseModelFolder, "model.safetensors"), [new TensorData(tensor, [4, 4], new float[16])]);
        return options;
    }
}
