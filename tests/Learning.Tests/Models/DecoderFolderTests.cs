using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Llama;

namespace EdgeFlora.Learning.Tests.Models;

public sealed class DecoderFolderTests
{
    public static TheoryData<string> All => [.. TinyDecoder.All];

    [Theory]
    [MemberData(nameof(All))]
    public void A_folder_of_the_bare_decoder_without_the_prefix_of_task_models_is_the_same_model(string name)
    {
        string prefix = name == "gpt2" ? "transformer." : "model.";

        BaseModel bare = TinyDecoder.Load(
            name, change: tensors => Rename(tensors, n => n.StartsWith(prefix, StringComparison.Ordinal) ? n[prefix.Length..] : n));

        BaseModel full = TinyDecoder.Load(name);
        Assert.Equal(full.Network.Layout.Parameters.Select(p => p.ToString()), bare.Network.Layout.Parameters.Select(p => p.ToString()));
        Assert.All(
            full.Network.Layout.Parameters.Zip(bare.Network.Layout.Parameters),
            pair => Assert.Equal(full.Weight(pair.First).ToArray(), bare.Weight(pair.Second).ToArray()));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_missing_an_extra_and_a_misshapen_tensor_are_refused_by_name(string name)
    {
        string some = name == "gpt2" ? "transformer.h.1.attn.c_attn.weight" : "model.layers.1.mlp.up_proj.weight";

        AssertRefused($"lack tensor {some}", name, change: tensors => tensors.Remove(some));
        AssertRefused(
            "tensor odd.weight belongs to no layer",
            name,
            change: tensors => tensors["odd.weight"] = new TensorData("odd.weight", [1], new float[1]));
        AssertRefused($"tensor {some} is [3×2]", name, change: tensors => tensors[some] = new TensorData(some, [3, 2], new float[6]));
    }

    [Fact]
    public void Tensors_that_families_publish_beside_the_network_are_passed_over()
    {
        TinyDecoder.Load("gpt2", change: tensors =>
        {
            Put(tensors, "transformer.h.0.attn.bias", 1, 1, 12, 12);
            Put(tensors, "transformer.h.0.attn.masked_bias", 1);
            Put(tensors, "lm_head.weight", 21, 16);
            Put(tensors, "score.weight", 2, 16);
        });
        TinyDecoder.Load("llama", change: tensors => Put(tensors, "model.layers.0.self_attn.rotary_emb.inv_freq", 2));
    }

    [Fact]
    public void Embeddings_that_are_not_tied_and_no_output_weights_make_a_model_that_classifies_only()
    {
        BaseModel model = TinyDecoder.Load("llama", change: tensors => tensors.Remove("lm_head.weight"));

        Assert.False(((ILanguageModel)model.Network).PredictsTokens);
        Assert.True(((ILanguageModel)TinyDecoder.Load("llama").Network).PredictsTokens);
    }

    [Theory]
    [InlineData("llama", "\"hidden_act\": \"silu\"", "\"hidden_act\": \"relu\"", "hidden_act")]
    [InlineData("llama", "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "num_key_value_heads")]
    [InlineData("llama", "\"hidden_size\": 16", "\"hidden_size\": 18", "hidden_size 18 is no multiple")]
    [InlineData("llama", "\"num_attention_heads\": 4", "\"num_attention_heads\": 4, \"head_dim\": 5", "heads are 5 wide")]
    [InlineData(
        "llama",
        "\"rope_theta\": 100",
        "\"rope_scaling\": {\"rope_type\": \"longrope\"}",
        "rope_type is \"longrope\"; supported are default, dynamic, linear, llama3 and yarn")]
    [InlineData("llama", "\"rope_theta\": 100", "\"rope_scaling\": {\"type\": \"linear\"}", "rope_scaling: factor is missing")]
    [InlineData("llama", "\"rope_theta\": 100", "\"partial_rotary_factor\": 0.5", "partial_rotary_factor")]
    [InlineData(
        "llama",
        "\"rope_theta\": 100",
        "\"rope_parameters\": {\"rope_type\": \"default\", \"partial_rotary_factor\": 0.5}",
        "rope_parameters: partial_rotary_factor is not 1")]
    [InlineData("llama", "\"rope_theta\": 100", "\"quantization_config\": {\"quant_method\": \"gptq\"}", "quantization_config is set")]
    [InlineData("llama", "\"mlp_bias\": true", "\"mlp_bias\": 1", "mlp_bias is 1; it is true or false")]
    [InlineData("mistral", "\"sliding_window\": 3", "\"sliding_window\": 0", "sliding_window is 0")]
    [InlineData("mistral", "\"sliding_window\": 3", "\"layer_types\": [\"sliding_attention\", \"full_attention\"]", "no sliding_window is set")]
    [InlineData("mistral", "\"sliding_window\": 3", "\"layer_types\": [\"full_attention\"]", "names 1 layers")]
    [InlineData("mistral", "\"sliding_window\": 3", "\"layer_types\": [\"full_attention\", \"linear\"]", "names \"linear\"")]
    [InlineData("gpt2", "\"activation_function\": \"gelu_new\"", "\"activation_function\": \"tanh\"", "activation_function")]
    [InlineData("gpt2", "\"n_head\": 2", "\"n_head\": 3", "n_embd 16 is no multiple of n_head 3")]
    [InlineData("gpt2", "\"n_head\": 2", "\"n_head\": 2, \"scale_attn_by_inverse_layer_idx\": true", "scale_attn_by_inverse_layer_idx")]
    [InlineData("gpt2", "\"n_head\": 2", "\"n_head\": 2, \"add_cross_attention\": true", "add_cross_attention")]
    public void Settings_that_are_wrong_or_not_supported_are_refused_by_name(string name, string right, string wrong, string expected)
    {
        using var folder = new TemporaryFolder();
        TinyDecoder.Write(folder.Path, name);
        string config = Path.Combine(folder.Path, "config.json");
        string text = File.ReadAllText(config);
        Assert.Contains(right, text, StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace(right, wrong, StringComparison.Ordinal));

        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path));

        Assert.Contains("config.json", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mistral", "", new int[] { 3, 3 })]
    [InlineData("mistral", "\"layer_types\": [\"full_attention\", \"sliding_attention\"],", new int[] { 0, 3 })]
    [InlineData("qwen2", "", new int[] { 0, 0 })]
    [InlineData("qwen2", "\"use_sliding_window\": true,", new int[] { 3, 3 })]
    [InlineData("qwen2", "\"use_sliding_window\": true, \"max_window_layers\": 1,", new int[] { 0, 3 })]
    public void Windows_belong_to_the_layers_that_the_family_gives_them(string name, string settings, int[] windows)
    {
        // Settings named first replace those of the same name.
        string[] named = [.. settings.Split('"').Where((_, i) => i % 2 == 1)];
        BaseModel model = TinyDecoder.Load(name, config => Enumerable.Aggregate(
            named, config, (text, setting) => text.Replace($"\"{setting}\"", $"\"replaced_{setting}\"", StringComparison.Ordinal)).Replace(
                "{\"model_type\"", "{" + settings + "\"model_type\"", StringComparison.Ordinal));

        Assert.Equal(windows, ((LlamaModel)model.Network).Config.Windows.Select(window => window ?? 0));
    }

    [Theory]
    [InlineData("\"rope_scaling\": null", 1, 0.1, 1)]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}", 0.5, 0.05, 1)]
    [InlineData("\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2}", 1, 0.1, 1)]
    [InlineData("\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 16}", 1, 0.25, 1)]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 1, \"attention_factor\": 1.5}", 1, 0.1, 1.5)]
    public void Rotary_positions_follow_the_configuration(string setting, double first, double second, double scale)
    {
        // Heads of four values have two pairs; by themselves they turn by 1 and 100^(−1/2) a position.
        BaseModel model = TinyDecoder.Load("llama", config => config.Replace(
            "\"rope_theta\": 100", setting.Contains("rope_theta", StringComparison.Ordinal) ? setting : $"\"rope_theta\": 100, {setting}",
            StringComparison.Ordinal));

        (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) = ((LlamaModel)model.Network).Config.Rotary.Rows(8);

        // One rounding to single precision, of values up to 1.5.
        Assert.Equal(scale * Math.Cos(7 * first), cosines.Span[14], 1.2e-7);
        Assert.Equal(scale * Math.Sin(7 * second), sines.Span[15], 1.2e-7);
    }

    private static void Put(Dictionary<string, TensorData> tensors, string name, params int[] shape) =>
        tensors[name] = new TensorData(name, shape, new float[shape.Aggregate((x, y) => x * y)]);

    private static void Rename(Dictionary<string, TensorData> tensors, Func<string, string> rename)
    {
        TensorData[] all = [.. tensors.Values];
        tensors.Clear();
        foreach (TensorData tensor in all)
        {
            tensors.Add(rename(tensor.Name), tensor with { Name = rename(tensor.Name) });
        }
    }

    private static void AssertRefused(string expected, string name, Action<Dictionary<string, TensorData>> change) =>
        Assert.Contains(
            expected, Assert.Throws<InvalidDataException>(() => TinyDecoder.Load(name, change: change)).Message, StringComparison.Ordinal);
}
