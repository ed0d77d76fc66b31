using EdgeFlora.Learning.Programs;

namespace EdgeFlora.Learning.Tests.Programs;

public sealed class PassAtKTests
{
    [Theory]
    [InlineData(5, 2, 1)]
    [InlineData(5, 2, 3)]
    [InlineData(6, 1, 4)]
    [InlineData(4, 4, 2)]
    [InlineData(4, 0, 2)]
    [InlineData(5, 3, 4)]
    public void It_is_the_share_of_all_choices_of_k_that_hold_a_program_that_passed(int samples, int passed, int k)
    {
        // Every subset of k of the samples; the first ones passed.
        int[] subsets = [.. Enumerable.Range(0, 1 << samples).Where(set => int.PopCount(set) == k)];
        double expected = subsets.Count(set => (set & ((1 << passed) - 1)) != 0) / (double)subsets.Length;

        Assert.Equal(expected, PassAtK.Estimate(samples, passed, k), 1e-12); // A few roundings of double precision.
    }

    [Fact]
    public void Counts_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Estimate(3, 1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Estimate(3, 4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Estimate(3, 1, 0));
    }
}
