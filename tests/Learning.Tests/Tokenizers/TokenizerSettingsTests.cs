using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>What the files beside a tokenizer say is done, or refused by name.</summary>
public sealed class TokenizerSettingsTests : IDisposable
{
    private const string Model = """{ "type": "WordLevel", "unk_token": "?", "vocab": { "?": 0, "a": 1, "b": 2, "c": 3 } }""";
    private const string Words = """{ "type": "WhitespaceSplit" }""";
    private const string Vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nA\n";

    private readonly TemporaryFolder folder = new();

    private static string Added { get; } =
        $"[{GivenTokenizer.Added(4, "<s>", true)}, {GivenTokenizer.Added(5, "<e>", true)}, {GivenTokenizer.Added(6, "<|endoftext|>", true)}]";

    [Theory]
    [InlineData("special_tokens_map.json", """{ "eos_token": { "content": "<e>" } }""")]
    [InlineData("config.json", """{ "eos_token_id": 5 }""")]
    [InlineData("config.json", """{ "eos_token_id": [5, 6] }""")]
    [InlineData("tokenizer_config.json", """{ "eos_token": "<e>" }""")]
    public void The_end_of_a_text_is_the_token_that_a_file_names_rather_than_a_guess(string name, string content)
    {
        folder.Write(name, content);

        Assert.Equal(5, Load(addedTokens: Added).Special.End);
    }

    [Fact]
    public void A_padding_token_that_the_vocabulary_lacks_is_none()
    {
        folder.Write("tokenizer_config.json", """{ "pad_token": "<nowhere>", "eos_token": "<e>" }""");

        Assert.Null(Load(addedTokens: Added).Special.Pad);
    }

    [Theory]
    [InlineData("""{ "bos_token": "<s>", "eos_token": "<e>", "add_bos_token": true }""", new[] { 4, 1 })]
    [InlineData("""{ "bos_token": "<s>", "eos_token": "<e>", "add_bos_token": true, "add_eos_token": true }""", new[] { 4, 1, 5 })]
    [InlineData("""{ "bos_token": "<s>", "eos_token": "<e>", "add_bos_token": false, "add_eos_token": false }""", new[] { 1 })]
    public void Tokens_stand_around_a_text_as_the_settings_say(string settings, int[] expected)
    {
        folder.Write("tokenizer_config.json", settings);
        const string Both = """
            { "type": "TemplateProcessing", "single": [{ "SpecialToken": { "id": "s", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "e", "type_id": 0 } }],
              "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
              "special_tokens": { "s": { "id": "s", "ids": [4], "tokens": ["<s>"] }, "e": { "id": "e", "ids": [5], "tokens": ["<e>"] } } }
            """;

        Assert.Equal(expected, Load(addedTokens: Added).Encode("a", null, 9));
        Assert.Equal(expected is [4, 1] ? [4, 1, 5] : expected, Load(addedTokens: Added, postProcessor: Both).Encode("a", null, 9));
    }

    [Fact]
    public void The_second_text_of_the_librarys_default_pair_is_of_type_one()
    {
        int[] ids = Load(postProcessor: """{ "type": "TemplateProcessing", "single": [{ "Sequence": { "id": "A", "type_id": 0 } }], "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }], "special_tokens": {} }""")
            .Encode("a b", "c", 9, out int second);

        Assert.Equal([1, 2, 3], ids);
        Assert.Equal(2, second);
    }

    [Fact]
    public void Text_that_is_too_long_loses_the_side_that_is_named()
    {
        folder.Write("tokenizer_config.json", """{ "truncation_side": "left" }""");
        ITokenizer tokenizer = Load();

        Assert.Equal([2, 3], tokenizer.Encode("a a b c", null, 2));
        LanguageSequence row =
            LanguageSequence.Encode(tokenizer, new LanguageDataSet([new LanguageExample("a a", " b c")], Running: false, ""), maxTokens: 2)[0];
        Assert.Equal([1, 2, 3], row.Ids);
        Assert.Equal((1, 4.0), (row.FirstTarget, row.Bytes));
        folder.Write("tokenizer_config.json", """{ "truncation_side": "middle" }""");
        Refused(() => Load(), "tokenizer_config.json.truncation_side is \"middle\"; it should be left or right");
    }

    [Fact]
    public void Added_tokens_of_a_file_of_their_own_are_found()
    {
        folder.Write("added_tokens.json", """{ "<x>": 4 }""");
        folder.Write("special_tokens_map.json", """{ "additional_special_tokens": ["<x>"] }""");

        Assert.Equal([1, 4, 2], Load(matchSpecial: true).Encode("a<x> b", null, 9));
        Assert.Equal([0, 2], Load().Encode("a<x> b", null, 9));
        Assert.Equal(1, Load().CountSpecialTokens("a<x> b"));
        folder.Write("added_tokens.json", """{ "<x>": 2 }""");
        Refused(() => Load(), "gives the token \"<x>\" the id 2; by the vocabulary and the tokens before it, it should be 4");
    }

    [Theory]
    [InlineData("""{ "tokenizer_class": "BertTokenizer", "do_lower_case": false }""", "A")]
    [InlineData("""{ "tokenizer_class": "BertTokenizer", "do_lower_case": true }""", "a")]
    [InlineData("""{ "tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": false }""", "a")]
    public void Lower_case_is_what_the_settings_of_a_BERT_say(string settings, string expected)
    {
        folder.Write("tokenizer_config.json", settings);
        ITokenizer tokenizer = Load("""{ "type": "WordLevel", "unk_token": "?", "vocab": { "?": 0, "a": 1, "A": 2 } }""", """{ "type": "BertNormalizer", "lowercase": true }""");

        Assert.Equal([expected], tokenizer.Tokens("A"));
    }

    [Theory]
    [InlineData("""{ "tokenizer_class": "BertJapaneseTokenizer" }""", "tokenizer_class is BertJapaneseTokenizer, which divides text with a Japanese dictionary")]
    [InlineData("""{ "word_tokenizer_type": "mecab" }""", "tokenizer_class is BertJapaneseTokenizer")]
    [InlineData("""{ "do_basic_tokenize": false }""", "do_basic_tokenize is false")]
    [InlineData("""{ "split_special_tokens": true }""", "split_special_tokens is true, which is not supported here; it should be false")]
    [InlineData("""{ "tokenizer_class": "RoFormerTokenizer" }""", "tokenizer_class is RoFormerTokenizer; with vocab.txt and without tokenizer.json, BertTokenizer")]
    public void Other_rules_than_those_of_BERT_are_refused_by_name(string settings, string expected)
    {
        folder.Write("vocab.txt", Vocabulary);
        string file = folder.Write("tokenizer_config.json", settings);

        Assert.StartsWith(file, Refused(() => TokenizerFolder.Load(folder.Path), expected).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "add_prefix_space": true }""", "false", "Ġ|a")]
    [InlineData("""{ "add_prefix_space": false }""", "true", "a")]
    [InlineData("""{ "add_prefix_space": null }""", "true", "Ġ|a")]
    [InlineData("{}", "false", "a")]
    public void A_space_stands_before_a_text_as_the_settings_say(string settings, string component, string expected)
    {
        folder.Write("tokenizer_config.json", settings);
        folder.Write("tokenizer.json", GivenTokenizer.Json(
            GivenTokenizer.Bpe([.. GivenTokenizer.Bytes()], []), preTokenizer: $$"""{ "type": "ByteLevel", "add_prefix_space": {{component}} }"""));

        Assert.Equal(expected.Split('|'), TokenizerFolder.Load(folder.Path).Tokens("a"));
    }

    [Fact]
    public void Special_tokens_of_a_vocabulary_are_found_where_they_are_asked_for()
    {
        folder.Write("vocab.txt", Vocabulary);
        ITokenizer tokenizer = TokenizerFolder.Load(folder.Path);

        Assert.Equal([2, 4, 5, 3], tokenizer.WithSpecialTokens(true).Encode("[MASK]a", null, 9));
        Assert.DoesNotContain(4, tokenizer.Encode("[MASK]a", null, 9));
        Assert.False(tokenizer.MatchesSpecialTokens);
    }

    [Fact]
    public void A_Unigram_without_an_unknown_token_refuses_what_it_has_no_piece_for()
    {
        ITokenizer tokenizer = GivenTokenizer.From(GivenTokenizer.Json(GivenTokenizer.Unigram([("a", -1)], "")));

        Assert.Equal([0, 0], tokenizer.Encode("aa", null, 9));
        Assert.Contains(
            "\"b\", which the tokenizer has no piece for; model.unk_id",
            Assert.Throws<InvalidDataException>(() => tokenizer.Encode("ab", null, 9)).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private ITokenizer Load(
        string model = Model, string? normalizer = null, string? postProcessor = null, string? addedTokens = null, bool matchSpecial = false)
    {
        folder.Write("tokenizer.json", GivenTokenizer.Json(model, normalizer, Words, postProcessor, addedTokens: addedTokens));
        return TokenizerFolder.Load(folder.Path, matchSpecial);
    }

    private static InvalidDataException Refused(Func<ITokenizer> load, string expected)
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(load);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        return e;
    }
}
