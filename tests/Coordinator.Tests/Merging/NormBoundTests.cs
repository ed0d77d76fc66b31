using EdgeFlora.Aggregation;
using EdgeFlora.Coordinator.Merging;

namespace EdgeFlora.Coordinator.Tests.Merging;

public sealed class NormBoundTests
{
    private static readonly ChangeNorm Median = new(2, 3) { Factors = 5 };

    public static TheoryData<ChangeNorm, string?> Norms => new()
    {
        { new ChangeNorm(20, 30) { Factors = 50 }, null },
        { new ChangeNorm(20.1, 0), "The change of the factors has norm 20.1, 10.05 times the median 2 of this round; the limit is 10 times." },
        { new ChangeNorm(0, 30.1), "The change of the head has norm 30.1, 10.03 times the median 3 of this round; the limit is 10 times." },
        {
            new ChangeNorm(0, 0) { Factors = 50.1 },
            "The change of the factors as they were sent has norm 50.1, 10.02 times the median 5 of this round; the limit is 10 times."
        },
        { new ChangeNorm(double.NaN, 0), "The change of the factors has norm NaN, NaN times the median 2 of this round; the limit is 10 times." },
    };

    [Theory]
    [MemberData(nameof(Norms))]
    public void A_change_is_bounded_by_the_limit_to_the_point(ChangeNorm norm, string? wrong) =>
        Assert.Equal(wrong, NormBound.Wrong(norm, Median, factor: 10, "this round"));

    [Fact]
    public void A_median_of_zero_bounds_nothing() => Assert.Null(
        NormBound.Wrong(new ChangeNorm(1e9, 1e9), new ChangeNorm(0, 0), factor: 10, "this round"));

    [Fact]
    public void Two_changes_have_no_middle_and_of_four_it_is_the_lower()
    {
        ChangeNorm[] norms = [new(4, 1), new(1, 4), new(3, 2), new(2, 3)];

        Assert.Equal(new ChangeNorm(0, 0), NormBound.Median(norms[..2]));
        Assert.Equal(new ChangeNorm(2, 2), NormBound.Median(norms));
    }
}
