using System.Text.Json;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>Which tokens are special: what <c>tokenizer_config.json</c> names, else the first of the published names that a special token has.</summary>
internal static class SpecialTokensJson
{
    private static readonly string[] Pads = ["[PAD]", "<pad>", "<|pad|>"];
    private static readonly string[] Unknowns = ["[UNK]", "<unk>"];
    private static readonly string[] Begins = ["[CLS]", "<s>", "<bos>", "<|begin_of_text|>"];
    private static readonly string[] Ends = ["[SEP]", "</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>"];
    private static readonly string[] Masks = ["[MASK]", "<mask>"];

    /// <param name="config"><c>tokenizer_config.json</c>; null if there is none.</param>
    /// <param name="ids">Ids by token, added ones among them.</param>
    /// <param name="special">Ids that stand for no text; a published name may be an ordinary word elsewhere.</param>
    /// <exception cref="InvalidDataException">A token is named that the vocabulary lacks.</exception>
    public static SpecialTokens Read(JsonComponent? config, IReadOnlyDictionary<string, int> ids, IReadOnlySet<int> special)
    {
        return new SpecialTokens(
            Id(["pad_token"], Pads),
            Id(["unk_token"], Unknowns),
            Id(["bos_token", "cls_token"], Begins),
            Id(["eos_token", "sep_token"], Ends),
            Id(["mask_token"], Masks));

        int? Id(string[] settings, string[] names)
        {
            foreach (string setting in settings)
            {
                if (config?.Find(setting) is { } named)
                {
                    string token = named.Element.ValueKind == JsonValueKind.Object ? named.Text("content") : named.AsText();
                    return ids.TryGetValue(token, out int id) ? id : throw named.Wrong("a token of the vocabulary");
                }
            }

            return names.Select(name => ids.TryGetValue(name, out int id) && special.Contains(id) ? id : (int?)null).FirstOrDefault(id => id is not null);
        }
    }
}
