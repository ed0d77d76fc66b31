using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>Model folders of every family of encoders, small enough for tests; their weights follow <see cref="TinyBert.Values"/>.</summary>
internal static class TinyFolder
{
    private const string Roberta = """
        {"model_type": "roberta", "vocab_size": 21, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
         "max_position_embeddings": 14, "type_vocab_size": 1, "pad_token_id": 1, "layer_norm_eps": 1e-5, "hidden_act": "gelu"}
        """;

    private const string DistilBert = """
        {"model_type": "distilbert", "vocab_size": 21, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": 12,
         "activation": "gelu", "sinusoidal_pos_embds": false}
        """;

    private const string UseLite = """
        {"architecture": "use-lite (KonaTransformer)", "vocab_size": 22, "embedding_dim": 8, "hidden_size": 16, "layers": 2, "heads": 2, "head_dim": [4, 6],
         "ffn_dim": 24, "activation": "relu", "layer_norm_eps": 1e-6, "max_position": 12}
        """;

    /// <summary>Families by the name of their type.</summary>
    public static IReadOnlyList<string> Families { get; } = ["bert", "roberta", "xlm-roberta", "distilbert", "use-lite"];

    /// <param name="change">Alters the tensors before they are written.</param>
    public static void Write(string folder, string family, Action<Dictionary<string, TensorData>>? change = null)
    {
        if (family == "bert")
        {
            TinyBert.Write(folder, change: change);
            return;
        }

        string config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, Config(family));
        WriteTokenizer(folder, family);
        WriteWeights(folder, config, change);
    }

    public static BaseModel Load(string family)
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path, family);
        return BaseModel.Load(folder.Path);
    }

    private static string Config(string family) => family switch
    {
        "roberta" => Roberta,
        "xlm-roberta" => Roberta.Replace("roberta", family, StringComparison.Ordinal),
        "distilbert" => DistilBert,
        "use-lite" => UseLite,
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "No tiny model of this family."),
    };

    /// <summary>The tensors that a network of these settings reads; settings alone make it, so that an empty set of tensors will do.</summary>
    private static void WriteWeights(string folder, string config, Action<Dictionary<string, TensorData>>? change)
    {
        string path = Path.Combine(folder, SafetensorsSet.SingleName);
        SafetensorsWriter.Write(path, [new TensorData("none", [1], new float[1])]);
        using SafetensorsSet none = SafetensorsSet.Open(folder);
        var settings = ConfigFile.Open(config);
        Dictionary<string, TensorData> tensors = ModelFamilies.Of(settings).Create(settings, none).Layout.Parameters
            .Where(parameter => parameter.Formula is null)
            .ToDictionary(
                parameter => parameter.Name,
                parameter => new TensorData(parameter.Name, parameter.Shape, TinyBert.Values(parameter.Name, parameter.Length)),
                StringComparer.Ordinal);
        change?.Invoke(tensors);
        SafetensorsWriter.Write(path, tensors.Values);
    }

    private static void WriteTokenizer(string folder, string family)
    {
        switch (family)
        {
            case "use-lite":
                string[] pieces = ["\u2047", "<s>", "</s>", "r3", "r4", "r5", .. TinyBert.Words.Select(word => "▁" + word)];
                File.WriteAllLines(Path.Combine(folder, "vocab.tsv"), pieces.Select((piece, id) => $"{id}\t\"{piece}\"\t{-id}"));
                break;
            case "distilbert":
                File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. TinyBert.Words]);
                break;
            default:
                File.WriteAllText(Path.Combine(folder, "tokenizer.json"), RobertaTokenizer());
                break;
        }
    }

    /// <summary>Whole words, where real ones have byte pairs; the special tokens and their places are RoBERTa's.</summary>
    private static string RobertaTokenizer()
    {
        string[] tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", .. TinyBert.Words];
        string vocabulary = string.Join(", ", tokens.Select((token, id) => $"\"{token}\": {id}"));
        string added = string.Join(", ", tokens.Take(5).Select((token, id) => $$"""{"id": {{id}}, "content": "{{token}}", "special": true}"""));
        return $$"""
            {"added_tokens": [{{added}}], "normalizer": null, "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": false},
             "decoder": null,
             "model": {"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": { {{vocabulary}} } } }
            """;
    }
}
