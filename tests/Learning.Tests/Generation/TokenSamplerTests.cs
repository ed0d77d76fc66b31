using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Generation;

namespace EdgeFlora.Learning.Tests.Generation;

public sealed class TokenSamplerTests
{
    // Probabilities 0.5, 0.125, 0.25, 0.125 of the tokens 0 … 3.
    private static readonly float[] Scores = [MathF.Log(4), 0, MathF.Log(2), 0];

    [Fact]
    public void At_temperature_zero_the_first_of_the_most_probable_is_taken()
    {
        Assert.Equal(0, Sampler(new GenerationOptions()).Choose(Scores));
        Assert.Equal(1, Sampler(new GenerationOptions()).Choose([0, 5, 5]));
    }

    [Theory]
    [InlineData(1, 0, 1, new[] { 0.5, 0.125, 0.25, 0.125 })]
    [InlineData(0.5, 0, 1, new[] { 8.0 / 11, 0.5 / 11, 2.0 / 11, 0.5 / 11 })]
    [InlineData(1, 2, 1, new[] { 2.0 / 3, 0, 1.0 / 3, 0 })]
    [InlineData(1, 3, 1, new[] { 4.0 / 7, 1.0 / 7, 2.0 / 7, 0 })]
    [InlineData(1, 0, 0.5, new[] { 1.0, 0, 0, 0 })]
    [InlineData(1, 0, 0.51, new[] { 2.0 / 3, 0, 1.0 / 3, 0 })]
    [InlineData(1, 0, 0.8, new[] { 4.0 / 7, 1.0 / 7, 2.0 / 7, 0 })]
    [InlineData(1, 2, 0.7, new[] { 2.0 / 3, 0, 1.0 / 3, 0 })]
    public void Draws_follow_temperature_and_the_tokens_that_are_kept(double temperature, int topK, double topP, double[] expected)
    {
        const int Draws = 40_000;
        TokenSampler sampler = Sampler(new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP });
        int[] counts = new int[4];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Choose(Scores)]++;
        }

        // Five standard errors of a share of one half: 5·√(¼/40000). A token that is left out is never drawn.
        Assert.All(expected.Zip(counts), pair => Assert.Equal(pair.First, (double)pair.Second / Draws, pair.First is 0 or 1 ? 0 : 0.0125));
    }

    [Fact]
    public void The_same_seed_draws_the_same_tokens()
    {
        int[] Draw(ulong seed)
        {
            var sampler = new TokenSampler(new GenerationOptions { Temperature = 1 }, new SeededRandom(seed));
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Choose(Scores))];
        }

        Assert.Equal(Draw(1), Draw(1));
        Assert.NotEqual(Draw(1), Draw(2));
    }

    [Fact]
    public void Scores_that_are_not_finite_are_refused() =>
        Assert.Throws<InvalidOperationException>(() => Sampler(new GenerationOptions()).Choose([0, float.NaN]));

    [Fact]
    public void Options_out_of_range_are_refused_with_name_and_value()
    {
        AssertRefused("MaxNewTokens is 0", new GenerationOptions { MaxNewTokens = 0 });
        AssertRefused("Temperature is NaN", new GenerationOptions { Temperature = double.NaN });
        AssertRefused("TopP is 0", new GenerationOptions { TopP = 0 });
        AssertRefused("TopK is -1", new GenerationOptions { TopK = -1 });
        AssertRefused("Samples is 2; it must be 1 at temperature 0", new GenerationOptions { Samples = 2 });
        AssertRefused("StopTexts holds an empty text", new GenerationOptions { StopTexts = [""] });
    }

    private static void AssertRefused(string expected, GenerationOptions options) =>
        Assert.StartsWith(expected, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);

    private static TokenSampler Sampler(GenerationOptions options) => new(options, new SeededRandom(5));
}
