using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>SentencePiece as <c>tokenizer.json</c> writes it: byte-pair encoding of Llama and Mistral, unigrams of T5 and XLM-R.</summary>
public sealed class SentencePieceTests
{
    private const string LlamaNormalizer = """{ "type": "Sequence", "normalizers": [{ "type": "Prepend", "prepend": "▁" }, { "type": "Replace", "pattern": { "String": " " }, "content": "▁" }] }""";

    private const string LlamaDecoder = """
        { "type": "Sequence", "decoders": [{ "type": "Replace", "pattern": { "String": "▁" }, "content": " " }, { "type": "ByteFallback" }, { "type": "Fuse" },
          { "type": "Strip", "content": " ", "start": 1, "stop": 0 }] }
        """;

    private const string LlamaTemplate = """
        { "type": "TemplateProcessing", "single": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }],
          "pair": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "<s>", "type_id": 1 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
          "special_tokens": { "<s>": { "id": "<s>", "ids": [1], "tokens": ["<s>"] } } }
        """;

    private const string T5 = """{ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true }""";

    private static readonly string[] Bytes = [.. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];
    private static readonly string[] Pieces = ["<unk>", "<s>", "</s>", .. Bytes, "▁", "a", "b", "▁a", "ab", "▁ab"];

    [Theory]
    [InlineData("ab ab", "<s>|▁ab|▁ab")]
    [InlineData("  a", "<s>|▁|▁|▁a")]
    [InlineData("aé", "<s>|▁a|<0xC3>|<0xA9>")]
    [InlineData("", "<s>")]
    // text cannot inject bytes or special tokens
    [InlineData("<0x0A></s>", "<s>|▁|<0x3C>|<0x30>|<0x78>|<0x30>|<0x41>|<0x3E>|<0x3C>|<0x2F>|<0x73>|<0x3E>")]
    public void Llamas_text_becomes_pieces_or_bytes(string text, string expected)
    {
        ITokenizer tokenizer = Llama();

        Assert.Equal(expected.Split('|'), tokenizer.Tokens(text));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, null, 100)));
    }

    [Fact]
    public void Decoding_returns_any_text_without_marks()
    {
        ITokenizer tokenizer = Llama();
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            string text = RandomText.Next(random, 40).Replace('▁', '_');

            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, null, 10_000)));
        }
    }

    [Fact]
    public void A_byte_run_that_is_no_UTF8_decodes_to_a_replacement_for_each_byte()
    {
        ITokenizer tokenizer = Llama();

        Assert.Equal("a\uFFFD\uFFFD", tokenizer.Decode([262, 3 + 0xC3, 3 + 0xC3]));
    }

    [Theory]
    [InlineData(true, "▁a|<unk>|b")]
    [InlineData(false, "▁a|<unk>|<unk>|b")]
    public void Without_bytes_unknown_characters_are_unknown_one_by_one_or_fused(bool fused, string expected)
    {
        string model = GivenTokenizer.Bpe(["<unk>", "▁", "a", "b", "▁a"], ["▁ a"], $""", "unk_token": "<unk>", "fuse_unk": {(fused ? "true" : "false")}""");

        Assert.Equal(expected.Split('|'), GivenTokenizer.From(GivenTokenizer.Json(model, LlamaNormalizer)).Tokens("a東京b"));
    }

    [Fact]
    public void Unigrams_maximise_the_sum_of_scores()
    {
        // Over "▁hugs": ▁hug+s = −5; ▁+hugs = −5.5; ▁h+ugs = −4.9 wins.
        ITokenizer tokenizer = Unigram(
            [("<unk>", 0), ("▁", -2), ("▁hug", -3), ("s", -2), ("hugs", -3.5), ("▁h", -2.4), ("ugs", -2.5), ("x", -9)], "");

        Assert.Equal(["▁h", "ugs"], tokenizer.Tokens("hugs"));
        Assert.Equal(["▁", "<unk>", "x", "▁hug"], tokenizer.Tokens("東京x hug"));
        Assert.Equal(["▁", "<unk>"], tokenizer.Tokens("<unk>")); // written out, it is a run of unknown characters
    }

    [Fact]
    public void Unigrams_do_not_reach_special_tokens_from_text()
    {
        string model = GivenTokenizer.Unigram([("<unk>", 0), ("</s>", 0), ("▁", -2), ("s", -2)], """, "unk_id": 0""");
        ITokenizer tokenizer = GivenTokenizer.From(
            GivenTokenizer.Json(model, preTokenizer: T5, addedTokens: $"[{GivenTokenizer.Added(1, "</s>", true)}]"));

        Assert.Equal(["▁", "<unk>", "s", "<unk>"], tokenizer.Tokens("</s>"));
    }

    [Fact]
    public void Unigrams_agree_with_trying_every_division()
    {
        var random = new Random(3);
        (string Piece, double Score)[] vocabulary =
            [("<unk>", 0), ("▁", -4.1), .. new[] { "a", "b", "aa", "ab", "ba", "aab", "bab", "▁a", "▁ab", "abab" }.Select(
                piece => (piece, -1 - (random.NextDouble() * 5)))];
        ITokenizer tokenizer = Unigram(vocabulary, "");
        for (int i = 0; i < 200; i++)
        {
            string word = string.Concat(Enumerable.Range(0, random.Next(1, 10)).Select(_ => "ab"[random.Next(2)]));

            string[] tokens = tokenizer.Tokens(word);

            Assert.Equal("▁" + word, string.Concat(tokens));
            double best = Divisions("▁" + word, vocabulary).Max();
            // ten additions of doubles below 60
            Assert.Equal(best, tokens.Sum(token => vocabulary.First(v => v.Piece == token).Score), tolerance: 1e-9);
        }
    }

    [Fact]
    public void Unigrams_write_unknown_characters_as_bytes_where_they_can()
    {
        ITokenizer tokenizer = Unigram([("<unk>", 0), ("▁", -2), .. Bytes.Select(b => (b, -9.0))], """, "byte_fallback": true""");

        Assert.Equal(["▁", "<0xC3>", "<0xA9>", "<0x78>"], tokenizer.Tokens("éx"));
    }

    [Fact]
    public void A_pairs_second_segment_begins_where_token_type_1_does()
    {
        ITokenizer tokenizer = Llama();

        int[] pair = tokenizer.Encode("ab", "ab a", 100, out int second);

        Assert.Equal(["<s>", "▁ab", "<s>", "▁ab", "▁a"], pair.Select(tokenizer.Token));
        Assert.Equal(2, second);
        tokenizer.Encode("ab a", null, 100, out int none);
        Assert.Equal(3, none);
        Assert.Equal(["<s>", "▁ab", "<s>", "▁ab"], tokenizer.Encode("ab ab ab", "ab a", 4).Select(tokenizer.Token));
        Assert.Equal([263 + 1], tokenizer.EncodeBare("ab", 1));
    }

    private static ITokenizer Llama() => GivenTokenizer.From(GivenTokenizer.Json(
        GivenTokenizer.Bpe(Pieces, ["▁ a", "a b", "▁a b"], """, "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true"""),
        LlamaNormalizer,
        postProcessor: LlamaTemplate,
        decoder: LlamaDecoder,
        addedTokens: $"[{GivenTokenizer.Added(0, "<unk>", true)}, {GivenTokenizer.Added(1, "<s>", true)}, {GivenTokenizer.Added(2, "</s>", true)}]"));

    private static ITokenizer Unigram((string, double)[] vocabulary, string settings) =>
        GivenTokenizer.From(GivenTokenizer.Json(GivenTokenizer.Unigram(vocabulary, """, "unk_id": 0""" + settings), preTokenizer: T5));

    private static IEnumerable<double> Divisions(string rest, (string Piece, double Score)[] vocabulary) => rest.Length == 0
        ? [0]
        : vocabulary.Where(v => rest.StartsWith(v.Piece, StringComparison.Ordinal))
            .SelectMany(v => Divisions(rest[v.Piece.Length..], vocabulary).Select(sum => sum + v.Score));
}
