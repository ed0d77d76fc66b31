using EdgeFlora.Cli.Report;

namespace EdgeFlora.Cli.Tests.Report;

public sealed class MergeFiguresTests
{
    [Fact]
    public void Where_a_merge_is_ahead_by_more_than_chance_that_is_told()
    {
        Assert.Equal(
            "At the same bytes FloraNA comes nearest to the ideal mean: ϱ 0.250 beside FedIT's 0.500. "
                + "On 500 test texts FloraNA is 12.5 ± 5.0 points ahead of FedIT; that is more than chance.",
            Given.Result().Merges!.Verdict());
    }

    [Fact]
    public void Where_chance_explains_all_differences_the_merge_is_told_not_to_matter()
    {
        MergeFigures merges = Given.Result().Merges!;
        merges = merges with { Rows = [merges.Rows[0], merges.Rows[1] with { AheadOfFedIt = -0.04 }, merges.Rows[2]] };

        Assert.EndsWith(
            "For accuracy it does not matter here: no merge is further from FedIT than chance in 500 test texts allows (± 5.0 points).",
            merges.Verdict(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Where_a_merge_is_behind_by_more_than_chance_that_is_told_too()
    {
        MergeFigures merges = Given.Result().Merges!;
        merges = merges with { Rows = [merges.Rows[0], merges.Rows[1] with { AheadOfFedIt = -0.06 }, merges.Rows[2]] };

        Assert.Contains("FloraNA is 6.0 ± 5.0 points behind FedIT", merges.Verdict(), StringComparison.Ordinal);
    }
}
