using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

public sealed class AddedTokensTests
{
    private static readonly string[] Pieces = ["[UNK]", "a", "b", "<", ">", "x", "ab", "A"];

    [Theory]
    [InlineData("a<x>b", "a|<x>|b")]
    [InlineData("<xx><x><x", "<xx>|<x>|<x")] // the longest
    [InlineData("<", "<")]
    public void Added_tokens_are_found_before_anything_else(string text, string expected) =>
        Assert.Equal(expected.Split('|'), With(GivenTokenizer.Added(8, "<x>", false) + "," + GivenTokenizer.Added(9, "<xx>", false) + "," + GivenTokenizer.Added(10, "<x", false)).Tokens(text));

    [Fact]
    public void Special_tokens_in_text_are_text_unless_asked_for()
    {
        string special = GivenTokenizer.Added(8, "<x>", true);

        Assert.Equal(["a", "<", "x", ">"], With(special).Tokens("a<x>"));
        Assert.Equal(["a", "<x>"], With(special, matchSpecial: true).Tokens("a<x>"));
        Assert.Equal("a", With(special).Decode([1, 8]));
    }

    [Fact]
    public void A_whole_word_does_not_touch_letters()
    {
        ITokenizer tokenizer = With(GivenTokenizer.Added(6, "ab", false, """, "single_word": true"""));

        Assert.Equal([6], tokenizer.Encode("ab", null, 9));
        Assert.Equal([3, 6, 4], tokenizer.Encode("<ab>", null, 9));
        Assert.Equal([1, 1, 2], tokenizer.Encode("aab", null, 9)); // "ab" is a piece too, but no merge makes it
    }

    [Fact]
    public void A_token_takes_the_white_space_on_its_side()
    {
        Assert.Equal(["a", "<x>", "[UNK]", "b"], With(GivenTokenizer.Added(8, "<x>", false, """, "lstrip": true""")).Tokens("a  <x> b"));
        Assert.Equal(["a", "[UNK]", "[UNK]", "<x>", "b"], With(GivenTokenizer.Added(8, "<x>", false, """, "rstrip": true""")).Tokens("a  <x> b"));
    }

    [Fact]
    public void A_normalized_token_is_sought_in_normalized_text()
    {
        string normalized = GivenTokenizer.Added(8, "XA", false).Replace("\"normalized\": false", "\"normalized\": true", StringComparison.Ordinal);

        Assert.Equal([1, 8, 2], With(normalized, normalizer: """{ "type": "Lowercase" }""").Encode("aXaB", null, 9));
        Assert.Equal([1, 5, 1, 2], With(GivenTokenizer.Added(8, "XA", false), normalizer: """{ "type": "Lowercase" }""").Encode("aXaB", null, 9));
    }

    private static ITokenizer With(string added, bool matchSpecial = false, string? normalizer = null) => GivenTokenizer.From(
        GivenTokenizer.Json(GivenTokenizer.Bpe(Pieces, [], """, "unk_token": "[UNK]" """), normalizer, addedTokens: $"[{added}]", decoder: """{ "type": "Fuse" }"""), matchSpecial);
}
