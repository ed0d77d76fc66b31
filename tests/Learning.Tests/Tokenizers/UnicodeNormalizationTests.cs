using EdgeFlora.Learning.Tokenizers.Normalization;

namespace EdgeFlora.Learning.Tests.Tokenizers;

public sealed class UnicodeNormalizationTests
{
    // Examples of Unicode Standard Annex 15 and of its conformance test.
    [Theory]
    [InlineData("\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E9B\u0323", "s\u0323\u0307", "\u1E69")]
    [InlineData("\u212B", "A\u030A", "\u00C5", "A\u030A", "\u00C5")] // Angstrom sign: a singleton does not compose back
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")] // excluded from composition
    [InlineData("\uD55C", "\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB", "\uD55C")] // Hangul
    [InlineData("\u1112\u1161", "\u1112\u1161", "\uD558", "\u1112\u1161", "\uD558")]
    // marks are ordered; the first grave composes past none of its class
    [InlineData(
        "a\u0315\u0300\u05AE\u0300b",
        "a\u05AE\u0300\u0300\u0315b",
        "\u00E0\u05AE\u0300\u0315b",
        "a\u05AE\u0300\u0300\u0315b",
        "\u00E0\u05AE\u0300\u0315b")]
    [InlineData("a\u0305\u0300", "a\u0305\u0300", "a\u0305\u0300", "a\u0305\u0300", "a\u0305\u0300")] // a mark of the same class stands between
    [InlineData(
        "\uFB01\u00BD\u2460\uFF21\u3000",
        "\uFB01\u00BD\u2460\uFF21\u3000",
        "\uFB01\u00BD\u2460\uFF21\u3000",
        "fi1\u20442" + "1A ",
        "fi1\u20442" + "1A ")]
    [InlineData(
        "\U0001D4B3\U0001D15E", "\U0001D4B3\U0001D157\U0001D165", "\U0001D4B3\U0001D157\U0001D165", "X\U0001D157\U0001D165", "X\U0001D157\U0001D165")]
    public void Forms_are_those_of_the_standard(string text, string nfd, string nfc, string nfkd, string nfkc)
    {
        Assert.Equal(nfd, UnicodeNormalization.Normalize(text, UnicodeForm.Nfd));
        Assert.Equal(nfc, UnicodeNormalization.Normalize(text, UnicodeForm.Nfc));
        Assert.Equal(nfkd, UnicodeNormalization.Normalize(text, UnicodeForm.Nfkd));
        Assert.Equal(nfkc, UnicodeNormalization.Normalize(text, UnicodeForm.Nfkc));
    }

    [Fact]
    public void Normalizing_twice_is_normalizing_once_and_composition_keeps_the_decomposition()
    {
        var random = new Random(17);
        for (int i = 0; i < 300; i++)
        {
            string text = RandomText.Next(random, 40);
            foreach (UnicodeForm form in Enum.GetValues<UnicodeForm>())
            {
                string once = UnicodeNormalization.Normalize(text, form);

                Assert.Equal(once, UnicodeNormalization.Normalize(once, form));
            }

            Assert.Equal(
                UnicodeNormalization.Normalize(text, UnicodeForm.Nfd),
                UnicodeNormalization.Normalize(UnicodeNormalization.Normalize(text, UnicodeForm.Nfc), UnicodeForm.Nfd));
        }
    }
}
