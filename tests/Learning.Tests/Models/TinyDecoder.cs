using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>
/// Model folders of decoders, small enough for tests; Reference/decoders.py has the same ones. Token 0 begins texts, token 4 ends them.
/// </summary>
internal static class TinyDecoder
{
    private const string Gpt2 = """
        {"model_type": "gpt2", "vocab_size": 21, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_inner": 20, "n_positions": 12, "activation_function": "gelu_new"}
        """;

    private const string Llama = """
        {"model_type": "llama", "vocab_size": 21, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 20,
         "max_position_embeddings": 12, "rms_norm_eps": 1e-6, "rope_theta": 100, "attention_bias": true, "mlp_bias": true, "tie_word_embeddings": false, "hidden_act": "silu"}
        """;

    private const string Interleaved = """
        {"architecture": "llama", "vocab_size": 21, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 20,
         "max_position_embeddings": 12, "rms_norm_eps": 1e-6, "rope_theta": 100, "rope_interleaved": true, "tie_word_embeddings": true}
        """;

    private const string Qwen2 = """
        {"model_type": "qwen2", "vocab_size": 21, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 20,
         "max_position_embeddings": 16, "rms_norm_eps": 1e-6, "rope_theta": 100, "tie_word_embeddings": true, "hidden_act": "silu", "use_sliding_window": false,
         "sliding_window": 3, "max_window_layers": 0, "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4}}
        """;

    private const string Mistral = """
        {"model_type": "mistral", "vocab_size": 21, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 12,
         "intermediate_size": 20, "max_position_embeddings": 12, "rms_norm_eps": 1e-6, "rope_theta": 100, "hidden_act": "silu", "sliding_window": 3, "tie_word_embeddings": false,
         "rope_scaling": {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8}}
        """;

    private static readonly Dictionary<string, string> Configs = new(StringComparer.Ordinal)
    {
        ["gpt2"] = Gpt2,
        ["llama"] = Llama,
        ["llama-interleaved"] = Interleaved,
        ["qwen2"] = Qwen2,
        ["mistral"] = Mistral,
    };

    public static IReadOnlyList<string> All { get; } = [.. Configs.Keys];

    /// <param name="configure">Alters <c>config.json</c> before it is written.</param>
    /// <param name="change">Alters the tensors before they are written.</param>
    public static void Write(
        string folder, string name, Func<string, string>? configure = null, Action<Dictionary<string, TensorData>>? change = null)
    {
        string config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, configure is null ? Configs[name] : configure(Configs[name]));
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer());

        // Settings make the network, and whether there are output weights.
        string path = Path.Combine(folder, SafetensorsSet.SingleName);
        SafetensorsWriter.Write(path, [new TensorData("lm_head.weight", [1], new float[1])]);
        using SafetensorsSet outputs = SafetensorsSet.Open(folder);
        var settings = ConfigFile.Open(config);
        Dictionary<string, TensorData> tensors = ModelFamilies.Of(settings).Create(settings, outputs).Layout.Parameters.ToDictionary(
            parameter => parameter.Name,
            parameter => new TensorData(
                parameter.Name,
                [.. parameter.StoredTransposed ? parameter.Shape.Reverse() : parameter.Shape],
                TinyBert.Values(parameter.Name, parameter.Length)),
            StringComparer.Ordinal);
        change?.Invoke(tensors);
        SafetensorsWriter.Write(path, tensors.Values);
    }

    public static BaseModel Load(string name, Func<string, string>? configure = null, Action<Dictionary<string, TensorData>>? change = null)
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path, name, configure, change);
        return BaseModel.Load(folder.Path);
    }

    /// <summary>Whole words, where real ones have byte pairs; a beginning token before every text, as LLaMA has it.</summary>
    private static string Tokenizer()
    {
        string[] tokens = ["<s>", "<pad>", "<unk>", ".", "</s>", .. TinyBert.Words];
        string vocabulary = string.Join(", ", tokens.Select((token, id) => $"\"{token}\": {id}"));
        string added = string.Join(", ", new[] { 0, 1, 2, 4 }.Select(id => $$"""{"id": {{id}}, "content": "{{tokens[id]}}", "special": true}"""));
        return $$"""
            {"added_tokens": [{{added}}], "normalizer": null, "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0} }, {"Sequence": {"id": "A", "type_id": 0} }],
              "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0} }, {"Sequence": {"id": "A", "type_id": 0} }, {"Sequence": {"id": "B", "type_id": 0} }],
              "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]} } },
             "decoder": null,
             "model": {"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": { {{vocabulary}} } } }
            """;
    }
}
