using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Tests.Kernels;

public sealed class SoftMaxKernelTests
{
    [Theory]
    [InlineData(new float[] { 0.5f })]
    [InlineData(new float[] { 1, 2, 3, -4 })]
    [InlineData(new float[] { 1000, 999, -1000 })] // e^1000 is no single
    [InlineData(new float[] { -3e38f, -3e38f })]
    public void Probabilities_follow_the_definition_however_large_the_scores(float[] scores)
    {
        float[] probabilities = new float[scores.Length];

        SoftMaxKernel.Apply(scores, probabilities);

        double[] powers = [.. scores.Select(score => Math.Exp((double)score - scores.Max()))];
        Assert.All(powers.Zip(probabilities), pair => Assert.Equal(pair.First / powers.Sum(), pair.Second, 1e-6)); // a few roundings of 6e-8
    }

    [Fact]
    public void A_score_that_is_no_number_makes_none_of_them_one()
    {
        float[] probabilities = new float[2];

        SoftMaxKernel.Apply([1, float.NaN], probabilities);

        Assert.All(probabilities, probability => Assert.True(float.IsNaN(probability)));
    }
}
