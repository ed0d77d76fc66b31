using System.Text.Json;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>
/// Which tokens are special: what <c>tokenizer_config.json</c> names, else <c>special_tokens_map.json</c>, else the id in <c>config.json</c>, else
/// the first of the published names that a special token has.
/// </summary>
internal static class SpecialTokensJson
{
    private static readonly string[] Pads = ["[PAD]", "<pad>", "<|pad|>"];
    private static readonly string[] Unknowns = ["[UNK]", "<unk>"];
    private static readonly string[] Begins = ["[CLS]", "<s>", "<bos>", "<|begin_of_text|>"];
    private static readonly string[] Ends = ["[SEP]", "</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>"];
    private static readonly string[] Masks = ["[MASK]", "<mask>"];
    private static readonly string[] Settings = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <param name="config">The files beside the tokenizer.</param>
    /// <param name="ids">Ids by token, added ones among them.</param>
    /// <param name="special">Ids that stand for no text; a published name may be an ordinary word elsewhere.</param>
    /// <exception cref="InvalidDataException">The vocabulary lacks the token that ends texts.</exception>
    public static SpecialTokens Read(TokenizerConfig config, IReadOnlyDictionary<string, int> ids, IReadOnlySet<int> special)
    {
        return new SpecialTokens(
            Id(["pad_token"], "pad_token_id", Pads),
            Id(["unk_token"], null, Unknowns),
            Id(["bos_token", "cls_token"], "bos_token_id", Begins),
            Id(["eos_token", "sep_token"], "eos_token_id", Ends, required: true),
            Id(["mask_token"], null, Masks));

        int? Id(string[] settings, string? modelSetting, string[] names, bool required = false)
        {
            int? byModel = modelSetting is not null
                && config.Model?.Find(modelSetting) is { } number
                && Number(number) is { } stated
                && ids.Values.Contains(stated)
                ? stated
                : null;
            foreach (JsonComponent named in settings.SelectMany(setting => Named(config, setting)))
            {
                if (ids.TryGetValue(Content(named), out int id))
                {
                    return id;
                }

                // A model never meets a padding or mask token that its vocabulary lacks; the end of a text is learnt.
                return !required || byModel is not null ? byModel : throw named.Wrong("a token of the vocabulary");
            }

            return byModel ?? names.Select(name => ids.TryGetValue(name, out int id) && special.Contains(id) ? id : (int?)null)
                .FirstOrDefault(id => id is not null);
        }
    }

    /// <summary>All tokens that the files name as special.</summary>
    public static IEnumerable<string> Names(TokenizerConfig config) => Settings
        .SelectMany(setting => Named(config, setting))
        .Concat(
            Named(config, "additional_special_tokens").Where(list => list.Element.ValueKind == JsonValueKind.Array).SelectMany(list => list.Items()))
        .Select(Content);

    private static IEnumerable<JsonComponent> Named(TokenizerConfig config, string setting) =>
        new[] { config.Settings?.Find(setting), config.SpecialTokensMap?.Find(setting) }.OfType<JsonComponent>();

    private static string Content(JsonComponent named) => named.Element.ValueKind == JsonValueKind.Object ? named.Text("content") : named.AsText();

    /// <summary>An id, or the first of a list; null if it is something else.</summary>
    private static int? Number(JsonComponent setting)
    {
        JsonElement element = setting.Element.ValueKind == JsonValueKind.Array ? setting.Element.EnumerateArray().FirstOrDefault() : setting.Element;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) ? id : null;
    }
}
