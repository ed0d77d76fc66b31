using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Output;

namespace EdgeFlora.Coordinator.Tests.Output;

public sealed class SpreadTests
{
    [Fact]
    public void A_figure_is_spread_over_agents_that_count_once_each()
    {
        FigureSpread spread = Spread.Of([("b", 0.5), ("c", 1), ("a", 0.5), ("d", 1), ("e", 0.75)], higherIsBetter: true)!;

        Assert.Equal(new FigureSpread(5, "a", 0.5, 0.75, Math.Sqrt(0.05), 0.5, 0.75, 1), spread with { LowerTenth = 0.5, UpperTenth = 1 });
        Assert.Equal(0.5, spread.LowerTenth, 1e-12);
        Assert.Equal(1, spread.UpperTenth, 1e-12);
    }

    [Fact]
    public void Tenths_lie_between_the_two_nearest_figures()
    {
        FigureSpread spread = Spread.Of([("a", 0), ("b", 1), ("c", 2), ("d", 3), ("e", 4), ("f", 5)], higherIsBetter: false)!;

        Assert.Equal((0.5, 2.5, 4.5), (spread.LowerTenth, spread.Median, spread.UpperTenth));
        Assert.Equal(("f", 5.0), (spread.WorstAgent, spread.Worst));
    }

    [Fact]
    public void One_agent_has_no_deviation_and_no_agent_no_spread()
    {
        Assert.Equal(new FigureSpread(1, "a", 0.25, 0.25, 0, 0.25, 0.25, 0.25), Spread.Of([("a", 0.25)], higherIsBetter: true));
        Assert.Null(Spread.Of([], higherIsBetter: true));
    }
}
