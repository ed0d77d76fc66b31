using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Tests.Kernels;

public sealed class ActivationKernelTests
{
    // The exponential errs by two units in the last place, quotient and product by half a unit each.
    private const double Tolerance = 4e-7;

    // Not a multiple of any vector's length.
    private static readonly float[] Points = [.. Enumerable.Range(-1200, 2403).Select(i => i / 100f)];

    [Fact]
    public void Silu_is_the_number_times_its_logistic() => AssertValues<Silu>(x => x / (1 + Math.Exp(-x)));

    [Fact]
    public void Gelu_by_tanh_follows_its_formula() =>
        AssertValues<GeluTanh>(x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))));

    [Theory]
    [InlineData(-1e4f, 0f)]
    [InlineData(-200f, 0f)]
    [InlineData(0f, 0f)]
    [InlineData(200f, 200f)]
    [InlineData(1e4f, 1e4f)]
    public void Far_out_they_are_zero_or_the_number_itself(float x, float expected)
    {
        float[] y = new float[6];

        ActivationKernel<Silu>.Forward([x, x, x], y.AsSpan(0, 3));
        ActivationKernel<GeluTanh>.Forward([x, x, x], y.AsSpan(3));

        // What is left of the exponential below its range, 1e-38, times the number.
        Assert.All(y, value => Assert.Equal(expected, value, 1e-33f));
    }

    [Fact]
    public void A_number_that_is_none_stays_none()
    {
        float[] y = new float[18];
        float[] none = [.. Enumerable.Repeat(float.NaN, 9)];

        ActivationKernel<Silu>.Forward(none, y.AsSpan(0, 9));
        ActivationKernel<GeluTanh>.Forward(none, y.AsSpan(9));

        Assert.All(y, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void With_the_derivative_the_values_have_the_same_bits()
    {
        AssertSameBits<Gelu>();
        AssertSameBits<GeluTanh>();
        AssertSameBits<Silu>();
        AssertSameBits<Relu>();
    }

    private static void AssertSameBits<TFunction>()
        where TFunction : struct, IActivationFunction
    {
        float[] alone = new float[Points.Length], beside = new float[Points.Length];
        ActivationKernel<TFunction>.Forward(Points, alone);
        ActivationKernel<TFunction>.ForwardWithDerivative((float[])Points.Clone(), beside);
        Assert.Equal(alone.Select(BitConverter.SingleToInt32Bits), beside.Select(BitConverter.SingleToInt32Bits));
    }

    private static void AssertValues<TFunction>(Func<double, double> expected)
        where TFunction : struct, IActivationFunction
    {
        float[] y = new float[Points.Length];
        ActivationKernel<TFunction>.Forward(Points, y);
        Assert.All(Points.Zip(y), point => Assert.Equal(expected(point.First), point.Second, Tolerance * Math.Max(1, Math.Abs(point.First))));
    }
}
