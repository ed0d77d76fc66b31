using EdgeFlora.Aggregation.Privacy;

namespace EdgeFlora.Aggregation.Tests.Privacy;

public sealed class RdpAccountantTests
{
    // Published with three decimals.
    private const double LastDigit = 0.0006;

    [Theory]
    [InlineData(256.0 / 60000, 1.1, 14063, 2.597)]
    [InlineData(0.01, 1.0, 1000, 2.108)]
    [InlineData(0.1, 1.0, 100, 7.973)]
    [InlineData(0.1, 2.0, 100, 2.587)]
    [InlineData(1.0, 5.0, 50, 7.088)]
    public void Epsilon_has_its_check_values(double sampling, double noise, int rounds, double expected) =>
        Assert.Equal(expected, RdpAccountant.Epsilon(sampling, noise, rounds, delta: 1e-5), tolerance: LastDigit);

    [Fact]
    public void The_classic_conversion_gives_the_value_of_the_TensorFlow_Privacy_tutorial() =>
        Assert.Equal(3.009, RdpAccountant.ClassicEpsilon(256.0 / 60000, 1.1, 14063, delta: 1e-5), tolerance: LastDigit);

    [Theory]
    [InlineData(0, 1, 0.5)]
    [InlineData(1.1, 1, 0.5)]
    [InlineData(0.5, 0, 0.5)]
    [InlineData(0.5, 1, 1)]
    public void Settings_out_of_range_are_refused(double sampling, double noise, double delta) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RdpAccountant.Epsilon(sampling, noise, 1, delta));
}
