using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Tests.Kernels;

public sealed class GeluTests
{
    // Φ is off by at most 7.5e-8 by its formula and about as much by rounding; the product with x carries both.
    private const double Tolerance = 2e-7;

    [Fact]
    public void Values_agree_with_the_integral_of_the_normal_density()
    {
        float[] x = [.. Enumerable.Range(-1200, 2401).Select(i => i / 200f)];
        float[] y = new float[x.Length];

        ActivationKernel<Gelu>.Forward(x, y);

        double cumulative = NormalTail(x[0]);
        for (int i = 0; i < x.Length; i++)
        {
            cumulative += i == 0 ? 0 : Simpson(x[i - 1], x[i]);
            Assert.Equal(x[i] * cumulative, y[i], Tolerance * Math.Max(1, Math.Abs(x[i])));
        }
    }

    [Fact]
    public void However_many_are_computed_at_once_the_bits_are_the_same()
    {
        float[] x = [.. Enumerable.Range(-600, 1203).Select(i => i / 100f)];
        float[] together = new float[2 * x.Length];
        x.CopyTo(together, 0);
        ActivationKernel<Gelu>.ForwardWithDerivative(together.AsSpan(0, x.Length), together.AsSpan(x.Length));

        float[] alone = new float[together.Length];
        x.CopyTo(alone, 0);
        for (int i = 0; i < x.Length; i++)
        {
            ActivationKernel<Gelu>.ForwardWithDerivative(alone.AsSpan(i, 1), alone.AsSpan(x.Length + i, 1));
        }

        Assert.Equal(alone.Select(BitConverter.SingleToInt32Bits), together.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(-1e4f, 0f)]
    [InlineData(-40f, 0f)]
    [InlineData(0f, 0f)]
    [InlineData(40f, 40f)]
    [InlineData(1e4f, 1e4f)]
    public void Far_out_it_is_zero_or_the_number_itself(float x, float expected)
    {
        float[] y = new float[3];

        ActivationKernel<Gelu>.Forward([x, x, x], y);

        Assert.All(y, value => Assert.Equal(expected, value, 1e-30f));
    }

    [Fact]
    public void A_number_that_is_none_stays_none()
    {
        float[] y = new float[9];

        ActivationKernel<Gelu>.Forward(Enumerable.Repeat(float.NaN, 9).ToArray(), y);

        Assert.All(y, value => Assert.True(float.IsNaN(value)));
    }

    /// <summary>Area under the normal density left of x ≪ 0, by the first terms of its asymptotic series.</summary>
    private static double NormalTail(double x) => Density(x) / -x * (1 - (1 / (x * x)));

    /// <summary>Area from a to b; by Simpson's rule its error is below 1e-12 at this width.</summary>
    private static double Simpson(double a, double b) => (b - a) / 6 * (Density(a) + (4 * Density((a + b) / 2)) + Density(b));

    private static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
}
