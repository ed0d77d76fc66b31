using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

public sealed class TokenizerFolderTests
{
    private const string Model = """{ "type": "BPE", "vocab": { "a": 0, "b": 1, "ab": 2 }, "merges": ["a b"] }""";

    [Fact]
    public void WordPiece_of_a_tokenizer_json_agrees_with_vocab_txt()
    {
        string[] vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "cafe", "!", "東"];
        using var folder = new TemporaryFolder();
        folder.Write("vocab.txt", string.Join('\n', vocabulary) + "\n");
        ITokenizer fromVocabulary = TokenizerFolder.Load(folder.Path);
        string added = "[" + string.Join(",", vocabulary.Take(5).Select((token, id) => GivenTokenizer.Added(id, token, true))) + "]";
        ITokenizer fromJson = GivenTokenizer.From(GivenTokenizer.Json(
            GivenTokenizer.WordPiece(vocabulary),
            """{ "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true }""",
            """{ "type": "BertPreTokenizer" }""",
            """{ "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] }""",
            """{ "type": "WordPiece", "prefix": "##", "cleanup": true }""",
            added));

        int[] ids = fromJson.Encode("Unaffable CAFÉ!", "東 x", 64, out int second);

        Assert.Equal([2, 5, 6, 7, 8, 9, 3, 10, 1, 3], ids);
        Assert.Equal(ids, fromVocabulary.Encode("Unaffable CAFÉ!", "東 x", 64));
        Assert.Equal(7, second);
        Assert.Equal("unaffable cafe! 東", fromJson.Decode(ids));
        Assert.Equal(fromJson.Decode(ids), fromVocabulary.Decode(ids));
        Assert.Equal(fromVocabulary.Special, fromJson.Special);
        var random = new Random(2);
        for (int i = 0; i < 200; i++)
        {
            (string text, string pair) = (RandomText.Next(random, 30), RandomText.Next(random, 30));
            Assert.Equal(fromVocabulary.Encode(text, pair, 20), fromJson.Encode(text, pair, 20));
        }
    }

    [Theory]
    [InlineData("""{ "type": "Odd" }""", null, null, null, "normalizer.type is \"Odd\", which is not supported; supported are Sequence, NFC")]
    [InlineData("""{ "type": "Sequence", "normalizers": [{ "type": "NFC" }, { "type": "Odd" }] }""", null, null, null, "normalizer.normalizers[1].type is \"Odd\"")]
    [InlineData("""{ "type": "Precompiled", "precompiled_charsmap": "AAAA" }""", null, null, null, "normalizer.precompiled_charsmap says its trie has 0 bytes")]
    [InlineData("""{ "type": "Replace", "pattern": { "Regex": "(" }, "content": "" }""", null, null, null, "normalizer.pattern.Regex: \"(\" is no pattern")]
    [InlineData(null, """{ "type": "Odd" }""", null, null, "pre_tokenizer.type is \"Odd\"")]
    [InlineData(null, """{ "type": "FixedLength", "length": 0 }""", null, null, "pre_tokenizer.length is 0; it should be a whole number of at least 1")]
    [InlineData(null, """{ "type": "Split", "pattern": { "String": "x" }, "behavior": "Dropped" }""", null, null, "pre_tokenizer.behavior is \"Dropped\"; it should be Removed")]
    [InlineData(null, """{ "type": "Metaspace", "replacement": "__" }""", null, null, "pre_tokenizer.replacement is \"__\"; it should be one character")]
    [InlineData(null, null, """{ "type": "BertProcessing", "sep": ["b", 3], "cls": ["a", 0] }""", null, "post_processor.sep[1] is 3; it should be an id below 3")]
    [InlineData(null, null, """{ "type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {} }""", null, "post_processor.single should have the sequence A once")]
    [InlineData(null, null, null, """{ "type": "Odd" }""", "decoder.type is \"Odd\"")]
    public void What_is_not_supported_is_refused_by_name(
        string? normalizer, string? preTokenizer, string? postProcessor, string? decoder, string expected) =>
        Refused(GivenTokenizer.Json(Model, normalizer, preTokenizer, postProcessor, decoder), expected);

    [Theory]
    [InlineData("""{ "type": "Odd", "vocab": {} }""", "model.type is \"Odd\", which is not supported; supported are BPE, Unigram, WordLevel, WordPiece")]
    [InlineData("""{ "type": "WordLevel", "vocab": { "a": 0 } }""", "model.unk_token is missing; WordLevel needs it")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0, "b": 0 }, "merges": [] }""", "token \"b\" the id 0")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0, "a": 1 }, "merges": [] }""", "token \"a\" the id 1")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 2000000000 }, "merges": [] }""", "token \"a\" the id 2000000000")]
    [InlineData("""{ "type": "BPE", "vocab": {}, "merges": [] }""", "model.vocab is a JSON Object; it should be a vocabulary that is not empty")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0, "b": 1 }, "merges": ["a b"] }""", "model.merges[0] merges \"a\" and \"b\", but the vocabulary has no \"ab\"")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": ["a"] }""", "model.merges[0] is \"a\"; it should be two pieces")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": [], "dropout": 0.1 }""", "model.dropout is 0.1")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0, "b": 1 }, "merges": ["a b"], "continuing_subword_prefix": "##" }""", "model.merges[0] merges \"b\" to the left; it should begin with \"##\"")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": [], "unk_token": "u" }""", "model.unk_token is \"u\"; it should be a token of the vocabulary")]
    [InlineData("""{ "type": "BPE", "vocab": { "\ud800": 0 }, "merges": [] }""", "model.vocab has a token that is no valid Unicode text")]
    [InlineData("""{ "type": "Unigram", "vocab": [["a", -1]], "unk_id": 1 }""", "model.unk_id is 1; it should be an id below 1")]
    [InlineData("""{ "type": "Unigram", "vocab": [["a", 1e999]] }""", "model.vocab[0][1] is 1e999; it should be a finite number")]
    [InlineData("""{ "type": "Unigram", "vocab": [["a"]] }""", "model.vocab[0] is a JSON Array; it should be a piece and its score")]
    [InlineData("""{ "type": "WordPiece", "vocab": { "a": 0 } }""", "model.unk_token is missing")]
    [InlineData("""[]""", "model is a JSON Array; it should be an object")]
    public void A_broken_model_is_refused_by_name(string model, string expected) => Refused(GivenTokenizer.Json(model), expected);

    [Fact]
    public void A_byte_order_mark_does_not_matter_and_another_version_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", "\uFEFF" + Versioned("1.0"));

        Assert.Equal([2], TokenizerFolder.Load(folder.Path).Encode("ab", null, 9));
        Refused(Versioned("2.0"), "version is \"2.0\"; it should be \"1.0\"");

        static string Versioned(string version) => $"{{ \"version\": \"{version}\", {GivenTokenizer.Json(Model).TrimStart().TrimStart('{')}";
    }

    [Fact]
    public void Text_that_is_not_JSON_or_nests_without_end_is_refused()
    {
        Refused("{", "not JSON");
        Refused(string.Concat(Enumerable.Repeat("""{"model":""", 10_000)), "not JSON");
    }

    [Fact]
    public void A_folder_without_a_tokenizer_says_what_should_be_there()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.model", "");

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => TokenizerFolder.Load(folder.Path));

        Assert.StartsWith(folder.Path, e.Message, StringComparison.Ordinal);
        Assert.Contains("it should have tokenizer.json, vocab.txt", e.Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.model alone is not supported", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Special_tokens_are_those_that_tokenizer_config_names()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", GivenTokenizer.Json(Model, addedTokens: $"[{GivenTokenizer.Added(3, "<end>", true)}]"));
        folder.Write("tokenizer_config.json", """{ "eos_token": { "content": "<end>" }, "pad_token": "<end>", "unk_token": null }""");

        Assert.Equal(new SpecialTokens(Pad: 3, Unknown: null, Begin: null, End: 3, Mask: null), TokenizerFolder.Load(folder.Path).Special);

        folder.Write("tokenizer_config.json", """{ "eos_token": "<stop>" }""");
        Assert.Contains(
            "eos_token is \"<stop>\"; it should be a token of the vocabulary",
            Assert.Throws<InvalidDataException>(() => TokenizerFolder.Load(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_is_too_odd_and_no_result_too_long()
    {
        ITokenizer[] tokenizers =
        [
            GivenTokenizer.From(GivenTokenizer.Json(Model)),
            GivenTokenizer.From(GivenTokenizer.Json(Model, """{ "type": "Sequence", "normalizers": [{ "type": "NFKC" }, { "type": "StripAccents" }, { "type": "Strip" }] }""", """{ "type": "Whitespace" }""", """{ "type": "RobertaProcessing", "sep": ["b", 1], "cls": ["a", 0] }""")),
            GivenTokenizer.From(GivenTokenizer.Json(GivenTokenizer.Unigram([("a", -1), ("?", -2)], """, "unk_id": 1"""), preTokenizer: """{ "type": "Sequence", "pretokenizers": [{ "type": "Digits", "individual_digits": true }, { "type": "Punctuation" }] }""")),
        ];
        var random = new Random(31);
        foreach (ITokenizer tokenizer in tokenizers)
        {
            for (int i = 0; i < 200; i++)
            {
                // Broken UTF-16 among it.
                string text = RandomText.Next(random, 20) + (char)random.Next(0xD800, 0xE000) + "ab" + RandomText.Next(random, 20);

                int[] ids = tokenizer.Encode(text, text, 7);

                Assert.InRange(ids.Length, 0, 7);
                Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
                Assert.NotNull(tokenizer.Decode(ids));
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizers[1].Encode("a", "b", 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizers[0].Decode([3]));
    }

    private static void Refused(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("tokenizer.json", json);

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => TokenizerFolder.Load(folder.Path));

        Assert.StartsWith(file, e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
