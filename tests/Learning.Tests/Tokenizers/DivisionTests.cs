using EdgeFlora.Learning.Tokenizers.Patterns;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tests.Tokenizers;

public sealed class DivisionTests
{
    // The worked example of Hugging Face's documentation; the type is internal, hence the name as text.
    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void Delimiters_go_where_the_behaviour_says(string behavior, string expected)
    {
        var dashes = TextPattern.Parse("-");
        const string Text = "the-final--countdown";

        Assert.Equal(expected.Split('|'), Division.Split(Text, dashes.Matches(Text), Enum.Parse<SplitBehavior>(behavior), inverted: false));
    }

    [Fact]
    public void Inverted_what_matches_is_kept_and_the_rest_delimits()
    {
        var letters = TextPattern.Parse(@"\p{L}+");

        Assert.Equal(["ab", "𝒳"], Division.Split("1ab, 𝒳!", letters.Matches("1ab, 𝒳!"), SplitBehavior.Removed, inverted: true));
    }

}
