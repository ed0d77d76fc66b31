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

    [Theory]
    [InlineData(256.0 / 60000, 1.1, 14063)]
    [InlineData(0.01, 1.0, 1000)]
    [InlineData(0.1, 2.0, 100)]
    [InlineData(1.0, 5.0, 50)]
    public void Epsilon_is_that_of_the_divergence_integrated_point_by_point(double sampling, double noise, int rounds)
    {
        // Orders above 64 are best for none of these.
        double expected = Enumerable.Range(2, 63).Min(order =>
            (rounds * Divergence(order, sampling, noise)) + Math.Log((order - 1.0) / order) - ((Math.Log(1e-5) + Math.Log(order)) / (order - 1)));

        // The trapezoids of a smooth function that ends in nothing on both sides are exact to rounding; the sum loses a few digits.
        Assert.Equal(expected, RdpAccountant.Epsilon(sampling, noise, rounds, delta: 1e-5), tolerance: 1e-9 * rounds);
    }

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

    /// <summary>
    /// 1/(α−1)·log E[((1 − q) + q·e^((2x−1)/2σ²))^α] over x from N(0, σ²): the Rényi divergence by its definition, without the binomial sum.
    /// </summary>
    private static double Divergence(int order, double q, double sigma)
    {
        const int Points = 6000;
        double from = -12 * sigma;
        double step = ((24 * sigma) + order) / Points;
        double[] logs =
        [
            .. Enumerable.Range(0, Points + 1).Select(i => from + (i * step)).Select(x =>
                (order * LogRatio(x, q, sigma)) - (x * x / (2 * sigma * sigma)) - Math.Log(sigma * Math.Sqrt(2 * Math.PI))),
        ];
        double largest = logs.Max();
        return (largest + Math.Log(step * logs.Sum(log => Math.Exp(log - largest)))) / (order - 1);
    }

    private static double LogRatio(double x, double q, double sigma)
    {
        double without = Math.Log(1 - q);
        double with = Math.Log(q) + (((2 * x) - 1) / (2 * sigma * sigma));
        double larger = Math.Max(without, with);
        return larger + Math.Log(Math.Exp(without - larger) + Math.Exp(with - larger));
    }
}
