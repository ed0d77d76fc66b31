using EdgeFlora.Cli.Report;

namespace EdgeFlora.Cli.Tests.Report;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0.62, 0.8, 0.2)]
    [InlineData(83, 100, 20)]
    [InlineData(1, 1, 0.2)]
    [InlineData(0, 1, 0.2)]
    [InlineData(double.NaN, 1, 0.2)]
    public void An_axis_covers_its_values_with_round_ticks(double largest, double max, double step)
    {
        Axis axis = Axis.Covering(largest, 100);

        Assert.Equal(max, axis.Max, tolerance: 1e-9 * max); // rounding of a few multiplications
        Assert.Equal(step, axis.Step, tolerance: 1e-9 * step);
    }
}
