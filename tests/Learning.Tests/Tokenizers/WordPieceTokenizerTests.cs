using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

public sealed class WordPieceTokenizerTests
{
    private static readonly string[] Vocabulary =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "##a", "the", "cafe", "!", "'", "[", "]", "mask", "東", "京", "ᄀ", "##ᅡ",
        "a", "b", "##", "i", "##bc",
    ];

    [Theory]
    [InlineData("unaffable", "un ##aff ##able")] // the example of the published code
    [InlineData("unaffablex", "[UNK]")]
    [InlineData("UNaffa", "un ##aff ##a")]
    [InlineData("the\u00a0cafés\tcafé!", "the [UNK] cafe !")] // no piece "##s"; a no-break space is white space
    [InlineData("cafe\u0301", "cafe")] // accent as a combining mark
    [InlineData("the'the", "the ' the")]
    [InlineData("[MASK]", "[ mask ]")] // text cannot inject special tokens
    [InlineData("東京a", "東 京 a")]
    [InlineData("가", "ᄀ ##ᅡ")] // a Hangul syllable decomposes
    [InlineData("a\u200b\u0000\ufffdb", "[UNK]")] // invisible characters vanish and do not divide: "ab"
    [InlineData("a\ud800 b", "a b")] // half a surrogate pair
    [InlineData("\u0130", "i")] // İ
    [InlineData(" \r\n", "")]
    public void A_text_becomes_the_pieces_of_BERT(string text, string expected)
    {
        WordPieceTokenizer tokenizer = Uncased();

        int[] ids = tokenizer.Encode(text, null, 64);

        Assert.Equal($"[CLS] {expected} [SEP]".Replace("  ", " ", StringComparison.Ordinal), Tokens(tokenizer, ids));
    }

    [Fact]
    public void A_word_of_over_100_characters_is_unknown()
    {
        var tokenizer = new WordPieceTokenizer([.. Vocabulary, "##b"], BertNormalization.Uncased);

        Assert.Equal(102, tokenizer.Encode("a" + new string('b', 99), null, 512).Length);
        Assert.Equal([tokenizer.ClassifierId, tokenizer.UnknownId, tokenizer.SeparatorId], tokenizer.Encode("a" + new string('b', 100), null, 512));
    }

    [Theory]
    [InlineData("a a a a", "b", 6, "[CLS] a a [SEP] b [SEP]")]
    [InlineData("a", "b b b b", 6, "[CLS] a [SEP] b b [SEP]")]
    [InlineData("a a a a", "b b b b", 8, "[CLS] a a a [SEP] b b [SEP]")] // equal lengths: the pair is cut
    [InlineData("a a a a", "b b b b", 64, "[CLS] a a a a [SEP] b b b b [SEP]")]
    [InlineData("a a a a", null, 4, "[CLS] a a [SEP]")]
    [InlineData("", "b", 6, "[CLS] [SEP] b [SEP]")]
    public void What_is_too_long_is_cut_from_the_longer_text(string text, string? pair, int maxTokens, string expected)
    {
        WordPieceTokenizer tokenizer = Uncased();

        int[] ids = tokenizer.Encode(text, pair, maxTokens, out int second);

        Assert.Equal(expected, Tokens(tokenizer, ids));
        Assert.Equal(Array.IndexOf(expected.Split(' '), "[SEP]") + 1, second);
    }

    [Fact]
    public void A_saved_tokenizer_loads_with_its_settings()
    {
        using var folder = new TemporaryFolder();
        new WordPieceTokenizer([.. Vocabulary, "É"], BertNormalization.Cased).Save(folder.Path);

        WordPieceTokenizer loaded = WordPieceTokenizer.Load(folder.Path);

        Assert.Equal("[CLS] É [UNK] [SEP]", Tokens(loaded, loaded.Encode("É é", null, 8)));
        Assert.Equal(Vocabulary.Length + 1, loaded.VocabularySize);
    }

    [Theory]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n", "lacks [MASK]")]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n", "Token 6 of the vocabulary is \"a\", as is token 5")]
    [InlineData("[PAD]\n\na\n", "Token 1 of the vocabulary is empty")]
    public void A_broken_vocabulary_is_refused_by_name(string vocabulary, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("vocab.txt", vocabulary);

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => WordPieceTokenizer.Load(folder.Path));

        Assert.StartsWith(file, e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    private static WordPieceTokenizer Uncased() => new(Vocabulary, BertNormalization.Uncased);

    private static string Tokens(WordPieceTokenizer tokenizer, int[] ids) => string.Join(' ', ids.Select(tokenizer.Token));
}
