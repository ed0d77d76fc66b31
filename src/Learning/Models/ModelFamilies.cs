using EdgeFlora.Learning.Models.Bert;
using EdgeFlora.Learning.Models.DistilBert;
using EdgeFlora.Learning.Models.Gpt2;
using EdgeFlora.Learning.Models.Llama;
using EdgeFlora.Learning.Models.Roberta;
using EdgeFlora.Learning.Models.UseLite;

namespace EdgeFlora.Learning.Models;

/// <summary>The families that can be loaded.</summary>
internal static class ModelFamilies
{
    private static readonly ModelFamily[] All =
        [BertFamily.Instance, RobertaFamily.Instance, DistilBertFamily.Instance, UseLiteFamily.Instance, Gpt2Family.Instance, .. LlamaFamily.All];

    /// <summary>The family that a configuration asks for.</summary>
    /// <exception cref="InvalidDataException">It names none, or one that is not supported; the message lists those that are.</exception>
    public static ModelFamily Of(ConfigFile config)
    {
        if (config.Has("quantization_config"))
        {
            throw config.Refuse("quantization_config is set, so that weights are packed; supported are plain weights in fp32, fp16 or bf16 (for less "
                + "memory there is int8 at loading)");
        }

        (string setting, string type) = Type(config);
        return All.FirstOrDefault(family => family.Types.Contains(type, StringComparer.Ordinal))
            ?? throw config.Refuse(
                $"{setting} is \"{type}\"; supported are {string.Join(", ", All.SelectMany(family => family.Types).Order(StringComparer.Ordinal))}");
    }

    /// <summary><c>model_type</c>; in folders that never were Transformers' the first word of <c>architecture</c>.</summary>
    public static (string Setting, string Type) Type(ConfigFile config) =>
        config.Has("architecture") && !config.Has("model_type")
            ? ("architecture", config.Text("architecture").Split(' ')[0])
            : ("model_type", config.Text("model_type"));
}
