using System.Text.Json;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>The part of Hugging Face's <c>tokenizer.json</c> that describes a BERT tokenizer.</summary>
internal static class TokenizerJson
{
    /// <exception cref="InvalidDataException">A setting is missing or another tokenizer is described; the message names it.</exception>
    /// <exception cref="JsonException">Not JSON.</exception>
    public static WordPieceTokenizer Parse(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement model = Required(document.RootElement, "model");
        Expect(model, "type", "WordPiece");
        Expect(model, "continuing_subword_prefix", "##");
        Expect(model, "unk_token", "[UNK]");
        JsonElement normalizer = Required(document.RootElement, "normalizer");
        Expect(normalizer, "type", "BertNormalizer");
        Expect(Required(document.RootElement, "pre_tokenizer"), "type", "BertPreTokenizer");
        if (JsonSettings.Flag(normalizer, "clean_text") == false)
        {
            throw new InvalidDataException("normalizer.clean_text is false; only true is supported.");
        }

        bool lowercase = JsonSettings.Flag(normalizer, "lowercase") ?? true;
        var normalization = new BertNormalization(
            lowercase,
            JsonSettings.Flag(normalizer, "strip_accents") ?? lowercase,
            JsonSettings.Flag(normalizer, "handle_chinese_chars") ?? true);
        return new WordPieceTokenizer(Vocabulary(Required(model, "vocab")), normalization);
    }

    private static JsonElement Required(JsonElement parent, string name) =>
        JsonSettings.Setting(parent, name) ?? throw new InvalidDataException($"{name} is missing; a BERT tokenizer has it.");

    private static void Expect(JsonElement parent, string name, string expected)
    {
        if (JsonSettings.Text(parent, name) is var value && value != expected)
        {
            throw new InvalidDataException($"{name} is {(value is null ? "missing" : $"\"{value}\"")}; only \"{expected}\" is supported here.");
        }
    }

    private static string[] Vocabulary(JsonElement vocabulary)
    {
        if (vocabulary.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"model.vocab is a JSON {vocabulary.ValueKind}; it should be an object of token: id.");
        }

        string?[] tokens = new string?[vocabulary.EnumerateObject().Count()];
        foreach (JsonProperty entry in vocabulary.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0 || id >= tokens.Length || tokens[id] is not null)
            {
                throw new InvalidDataException($"model.vocab gives token \"{entry.Name}\" the id {entry.Value}; ids should be 0 … {tokens.Length - 1}, each once.");
            }

            tokens[id] = entry.Name;
        }

        return tokens!;
    }
}
