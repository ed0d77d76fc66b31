using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.BaseModels;

/// <summary>The table of families, with the names of Transformers.</summary>
public static class BaseModelFamilies
{
    private static readonly string[] DecoderRoots = ["embed_tokens", "layers", "norm"];
    private static readonly string[] BertRoots = ["embeddings", "encoder", "pooler"];

    private static readonly BaseModelFamily[] All =
    [
        new(["bert"], "bert.", BertRoots, "bert.encoder", "hidden_size", [new("classifier")], ["query", "value"]),
        new(
            ["roberta", "xlm-roberta"],
            "roberta.",
            BertRoots,
            "roberta.encoder",
            "hidden_size",
            [new("classifier.dense"), new("classifier.out_proj")],
            ["query", "value"]),
        new(
            ["distilbert"],
            "distilbert.",
            ["embeddings", "transformer"],
            "distilbert.transformer",
            "dim",
            [new("pre_classifier"), new("classifier")],
            ["q_lin", "v_lin"]),
        new(["use-lite"], "", [], "encoder", "hidden_size", [new("classifier")], ["qkv"]),
        new(["gpt2"], "transformer.", ["wte", "wpe", "h", "ln_f"], "transformer.h", "n_embd", [new("score", Bias: false)], ["c_attn"], Tied: true),
        new(
            ["llama", "mistral", "qwen2"],
            "model.",
            DecoderRoots,
            "model.layers",
            "hidden_size",
            [new("score", Bias: false)],
            ["q_proj", "v_proj"],
            Tied: false),
    ];

    /// <summary>The layers that give the scores of classes, in any of the families.</summary>
    internal static IEnumerable<string> ClassifierOutputs => All.Select(family => family.Head[^1].Name).Distinct(StringComparer.Ordinal);

    /// <summary>The same tensors under the names that the family publishes today; as they are if the family is not known.</summary>
    /// <param name="weights">Tensors under the names of a checkpoint; disposing either disposes both.</param>
    /// <param name="type">The family, see <see cref="BaseModelConfig.Type"/>.</param>
    /// <exception cref="AdapterFormatException">Two tensors would get one name.</exception>
    public static SafetensorsSet Published(SafetensorsSet weights, string type)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Find(type) is { } family ? weights.Renamed(family.Published(weights.Tensors.Keys)) : weights;
    }

    /// <exception cref="AdapterFormatException">The family is not known; the message lists those that are.</exception>
    internal static BaseModelFamily Of(BaseModelConfig config) => Find(config.Type)
        ?? throw new AdapterFormatException(
            $"{config.Path}: model_type is '{TensorName.Shorten(config.Type)}'; supported are "
            + $"{string.Join(", ", All.SelectMany(family => family.Types).Order(StringComparer.Ordinal))}.");

    internal static BaseModelFamily? Find(string type) => All.FirstOrDefault(family => family.Types.Contains(type, StringComparer.Ordinal));
}
