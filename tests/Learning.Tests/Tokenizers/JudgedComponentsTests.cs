using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Every component of <c>tokenizer.json</c>, judged by Hugging Face's own tokenizers.</summary>
public sealed class JudgedComponentsTests
{
    private static readonly string[] Texts =
    [
        "", " ", "Hello, World!  It's 2024.", "  leading and trailing \t\n", "İstanbul ıI Σς", "café cafe\u0301 ﬁ ½ ①", "नमस्ते", "日本語とカナー、漢字",
        "한국어 각", "😀👨‍👩‍👧🏽", "a\u200db\u200cc zwj",
        "\0\u0001\u007f\ufffd", "\u00a0\u3000\u2028", "don't you're we'll", "x1y22z333", "12½Ⅳ٣", "--a--b", "ABC <s> fox foxes <mask>",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Привет Ελλάδα שלום", "▁a▁ b",
    ];

    [Theory]
    [InlineData("""{ "type": "NFC" }""")]
    [InlineData("""{ "type": "NFD" }""")]
    [InlineData("""{ "type": "NFKC" }""")]
    [InlineData("""{ "type": "NFKD" }""")]
    [InlineData("""{ "type": "Nmt" }""")]
    [InlineData("""{ "type": "Lowercase" }""")]
    [InlineData("""{ "type": "StripAccents" }""")]
    [InlineData("""{ "type": "ByteLevel" }""")]
    [InlineData("""{ "type": "Strip", "strip_left": true, "strip_right": true }""")]
    [InlineData("""{ "type": "Strip", "strip_left": false, "strip_right": true }""")]
    [InlineData("""{ "type": "Prepend", "prepend": "▁" }""")]
    [InlineData("""{ "type": "Replace", "pattern": { "String": " " }, "content": "▁" }""")]
    [InlineData("""{ "type": "Replace", "pattern": { "String": "" }, "content": "-" }""")]
    [InlineData("""{ "type": "Sequence", "normalizers": [{ "type": "NFKD" }, { "type": "StripAccents" }, { "type": "Lowercase" }] }""")]
    [InlineData("""{ "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true }""")]
    [InlineData("""{ "type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": false, "strip_accents": true, "lowercase": false }""")]
    public void A_normalizer_does_what_the_judges_does(string normalizer) => Agree(GivenTokenizer.Json(Bytes(), normalizer));

    [Theory]
    [InlineData("""{ "type": "BertPreTokenizer" }""")]
    [InlineData("""{ "type": "Whitespace" }""")]
    [InlineData("""{ "type": "WhitespaceSplit" }""")]
    [InlineData("""{ "type": "UnicodeScripts" }""")]
    [InlineData("""{ "type": "FixedLength", "length": 3 }""")]
    [InlineData("""{ "type": "CharDelimiterSplit", "delimiter": "a" }""")]
    [InlineData("""{ "type": "Digits", "individual_digits": true }""")]
    [InlineData("""{ "type": "Digits", "individual_digits": false }""")]
    [InlineData("""{ "type": "Punctuation", "behavior": "Contiguous" }""")]
    [InlineData("""{ "type": "Punctuation", "behavior": "MergedWithNext" }""")]
    [InlineData("""{ "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true }""")]
    [InlineData("""{ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true }""")]
    [InlineData("""{ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": false }""")]
    [InlineData("""{ "type": "Split", "pattern": { "Regex": "(?=[A-Z])" }, "behavior": "Isolated", "invert": false }""")]
    [InlineData("""{ "type": "Split", "pattern": { "Regex": "\\w*" }, "behavior": "MergedWithPrevious", "invert": false }""")]
    [InlineData("""{ "type": "Split", "pattern": { "Regex": "\\b" }, "behavior": "MergedWithNext", "invert": false }""")]
    [InlineData("""{ "type": "Split", "pattern": { "Regex": "a|" }, "behavior": "Contiguous", "invert": true }""")]
    [InlineData("""{ "type": "Split", "pattern": { "String": "a" }, "behavior": "Removed", "invert": true }""")]
    [InlineData("""{ "type": "Sequence", "pretokenizers": [{ "type": "WhitespaceSplit" }, { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true }] }""")]
    public void A_pre_tokenizer_divides_as_the_judges_does(string preTokenizer) => Agree(GivenTokenizer.Json(Words(), preTokenizer: preTokenizer));

    [Theory]
    [InlineData("""{ "type": "BPE", "unk_token": "?", "fuse_unk": true, "byte_fallback": false, "vocab": { "?": 0, "a": 1, "b": 2, "ab": 3 }, "merges": ["a b"] }""")]
    [InlineData("""{ "type": "BPE", "unk_token": "?", "fuse_unk": false, "byte_fallback": true, "vocab": { "?": 0, "a": 1, "<0x20>": 2, "<0xF0>": 3 }, "merges": [] }""")]
    [InlineData("""{ "type": "BPE", "unk_token": "?", "ignore_merges": true, "vocab": { "?": 0, "a": 1, "b": 2, "ab": 3, "fox": 4 }, "merges": [] }""")]
    [InlineData("""{ "type": "BPE", "unk_token": "?", "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>", "vocab": { "?": 0, "a": 1, "##a": 2, "##a</w>": 3, "aa": 4, "aaa</w>": 5 }, "merges": ["a ##a", "aa ##a</w>"] }""")]
    [InlineData("""{ "type": "WordLevel", "unk_token": "?", "vocab": { "?": 0, "fox": 1, "ABC": 2 } }""")]
    [InlineData("""{ "type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##", "max_input_chars_per_word": 5, "vocab": { "?": 0, "a": 1, "##a": 2, "😀": 3, "##👨": 4 } }""")]
    [InlineData("""{ "type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": [["?", 0.0], ["a", -1.5], ["aa", -2.9999999999999996], ["fox", -3.1]] }""")]
    public void A_model_has_the_judges_pieces(string model)
    {
        Agree(GivenTokenizer.Json(model, preTokenizer: """{ "type": "WhitespaceSplit" }"""));
        Agree(GivenTokenizer.Json(model));
    }

    [Fact]
    public void Added_tokens_are_found_where_the_judge_finds_them()
    {
        string added = string.Join(',',
            Added(257, "<s>", special: true),
            Added(258, "<mask>", special: true, strips: true),
            Added(259, "fox", wholeWord: true),
            Added(260, "ox"),
            Added(261, "  "));
        Agree(
            GivenTokenizer.Json(Bytes(), addedTokens: $"[{added}]"),
            "foxes <s>fox<s> a\u200dfox fox\u200d box  ox",
            "  <mask>   x",
            "<mask>  <mask>");
    }

    [Theory]
    [InlineData("""{ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true }""")]
    [InlineData("""{ "type": "BPEDecoder", "suffix": "</w>" }""")]
    [InlineData("""{ "type": "CTC", "pad_token": "a", "word_delimiter_token": "▁", "cleanup": true }""")]
    [InlineData("""{ "type": "WordPiece", "prefix": "##", "cleanup": true }""")]
    [InlineData("""{ "type": "Sequence", "decoders": [{ "type": "Replace", "pattern": { "String": "▁" }, "content": " " }, { "type": "Fuse" }, { "type": "Strip", "content": " ", "start": 1, "stop": 0 }] }""")]
    [InlineData("""{ "type": "Replace", "pattern": { "Regex": "[ab]+" }, "content": "x" }""")]
    public void A_decoder_writes_what_the_judges_does(string decoder)
    {
        const string Model = """{ "type": "WordLevel", "unk_token": "?", "vocab": { "?": 0, "▁▁a": 1, "##b": 2, "a": 3, "c</w>": 4, "▁d": 5, "do not": 6, "!": 7 } }""";
        using var folder = new TemporaryFolder();
        string file = folder.Write("tokenizer.json", GivenTokenizer.Json(Model, decoder: decoder));
        using var judge = new Judge(file);
        int[] ids = [1, 2, 3, 3, 4, 5, 6, 7, 1];

        Assert.Equal(judge.Decode(ids), TokenizerFolder.Load(folder.Path).Decode(ids));
    }

    private static void Agree(string json, params string[] more)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("tokenizer.json", json);
        using var judge = new Judge(file);
        ITokenizer tokenizer = TokenizerFolder.Load(folder.Path, matchSpecial: true);

        string[] wrong = [.. Texts.Concat(more).Where(text => !judge.Agrees(tokenizer, text)).Select(text => judge.Difference(tokenizer, text))];

        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    private static string Added(int id, string content, bool special = false, bool wholeWord = false, bool strips = false) => System.Text.Json.JsonSerializer.Serialize(
        new { id, content, special, single_word = wholeWord, lstrip = strips, rstrip = strips, normalized = false });

    private static string Bytes() => GivenTokenizer.Bpe(["<unk>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")], [], """, "unk_token": "<unk>", "byte_fallback": true""");

    /// <summary>Few words and one token for any other: ids show where words begin and end.</summary>
    private static string Words() => """{ "type": "WordLevel", "unk_token": "?", "vocab": { "?": 0, "Hello": 1, "a": 2, "▁a": 3, "fox": 4, "1": 5, "22": 6, "日": 7, "ĠHello": 8, "\u200d": 9 } }""";
}
