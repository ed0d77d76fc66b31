using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Learning.Tokenizers;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Small tokenizers, written as <c>tokenizer.json</c> and read back.</summary>
internal static class GivenTokenizer
{
    /// <summary>The tokenizer of a folder that holds just this <c>tokenizer.json</c>.</summary>
    public static ITokenizer From(string json, bool matchSpecial = false)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", json);
        return TokenizerFolder.Load(folder.Path, matchSpecial);
    }

    /// <summary>A <c>tokenizer.json</c>; a component is JSON, null for none.</summary>
    public static string Json(
        string model,
        string? normalizer = null,
        string? preTokenizer = null,
        string? postProcessor = null,
        string? decoder = null,
        string? addedTokens = null) =>
        $$"""
        { "added_tokens": {{addedTokens ?? "[]"}}, "normalizer": {{normalizer ?? "null"}}, "pre_tokenizer": {{preTokenizer ?? "null"}},
          "model": {{model}}, "post_processor": {{postProcessor ?? "null"}}, "decoder": {{decoder ?? "null"}} }
        """;

    /// <summary>Byte-pair encoding: the vocabulary in the order of ids, merges as <c>"a b"</c>.</summary>
    public static string Bpe(string[] vocabulary, string[] merges, string settings = "") =>
        $$"""{ "type": "BPE"{{settings}}, "vocab": {{Ids(vocabulary)}}, "merges": {{JsonSerializer.Serialize(merges)}} }""";

    public static string Unigram((string Piece, double Score)[] vocabulary, string settings) =>
        $$"""{ "type": "Unigram"{{settings}}, "vocab": [{{string.Join(", ", vocabulary.Select(v => $"[{JsonSerializer.Serialize(v.Piece)}, {JsonSerializer.Serialize(v.Score)}]"))}}] }""";

    public static string WordPiece(string[] vocabulary) =>
        $$"""{ "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {{Ids(vocabulary)}} }""";

    public static string Added(int id, string content, bool special, string settings = "") =>
        $$"""{ "id": {{id}}, "content": {{JsonSerializer.Serialize(content)}}, "special": {{(special ? "true" : "false")}}, "normalized": false{{settings}} }""";

    /// <summary>The byte alphabet, byte b with id b.</summary>
    public static string[] Bytes() => [.. Enumerable.Range(0, 128).Select(b => ByteAlphabet.Write(((char)b).ToString())),
        .. Enumerable.Range(0x80, 0x80).Select(b => Alphabet(b))];

    /// <summary>The tokens of ids.</summary>
    public static string[] Tokens(this ITokenizer tokenizer, string text, string? pair = null) =>
        [.. tokenizer.Encode(text, pair, 10_000).Select(tokenizer.Token)];

    private static string Ids(string[] vocabulary) =>
        new JsonObject(vocabulary.Select((token, id) => KeyValuePair.Create<string, JsonNode?>(token, id))).ToJsonString();

    /// <summary>The published table by another road: printable Latin-1 stands for itself, the rest for U+0100 and on, in order.</summary>
    private static string Alphabet(int b) =>
        b is >= 0xA1 and not 0xAD ? ((char)b).ToString() : ((char)(b == 0xAD ? 0x143 : 0x100 + 33 + (b - 0x7F))).ToString();
}
