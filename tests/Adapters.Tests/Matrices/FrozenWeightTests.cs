using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;
using static EdgeFlora.Adapters.Tests.Matrices.FrozenWeights;

namespace EdgeFlora.Adapters.Tests.Matrices;

public sealed class FrozenWeightTests
{
    [Fact]
    public void Values_are_read_from_any_place_across_rows()
    {
        foreach (TensorType type in Types)
        {
            FrozenWeight weight = Weight(type, 7, 37);
            float[] all = weight.ToArray();
            float[] some = new float[100];

            weight.Read(35, some);

            Assert.Equal(all[35..135], some);
            Assert.Throws<ArgumentOutOfRangeException>(() => weight.Read((7 * 37) - 99, some));
        }
    }

    [Fact]
    public void Whole_numbers_are_off_by_at_most_half_a_step_of_their_row()
    {
        float[] values = Values(40 * 50, seed: 3);
        for (int i = 0; i < 50; i++)
        {
            values[i] *= 1000; // a row of large values must not coarsen the others
            values[50 + i] = 0;
            values[100 + i] *= 1e-43f; // the scale itself has hardly a digit left
        }

        FrozenWeight weight = new FrozenWeight(40, 50, values).Quantise();

        Assert.Equal((40 * 50) + (40 * 4), weight.Bytes);
        float[] read = weight.ToArray();
        for (int row = 0; row < 40; row++)
        {
            float[] exact = values[(row * 50)..((row + 1) * 50)];

            // Half a step, and what single precision loses in the division and the product: two roundings of 2⁻²⁴ of the value, or the smallest
            // number there is.
            double largest = exact.Max(Math.Abs);
            double tolerance = (largest / 127 / 2) + (largest * Math.ScaleB(1, -22)) + (row == 2 ? largest : 0);
            Assert.All(exact.Zip(read[(row * 50)..]), pair => Assert.InRange(Math.Abs((double)pair.First - pair.Second), 0, tolerance));
        }
    }

    [Theory]
    [InlineData(3, 192)]
    [InlineData(5, 130)] // a block of two values at the end of each row
    [InlineData(4, 7)]
    public void Four_bit_values_are_the_nearest_of_the_sixteen_times_the_largest_of_their_block(int rows, int columns)
    {
        float[] values = Values(rows * columns, seed: 9);
        values.AsSpan(0, Math.Min(64, columns)).Clear(); // a block of zeros stays zeros
        float[] table = NormalFloatTable();

        FrozenWeight weight = new FrozenWeight(rows, columns, values).ToNormalFloats();

        float[] actual = weight.ToArray();
        for (int row = 0; row < rows; row++)
        {
            for (int first = 0; first < columns; first += 64)
            {
                Span<float> block = values.AsSpan((row * columns) + first, Math.Min(64, columns - first));
                float largest = 0;
                foreach (float value in block)
                {
                    largest = Math.Max(largest, Math.Abs(value));
                }

                for (int i = 0; i < block.Length; i++)
                {
                    float exact = block[i];
                    float nearest = largest == 0 ? 0 : table.Select(entry => entry * largest).MinBy(candidate => Math.Abs((double)candidate - exact));
                    Assert.Equal(nearest, actual[(row * columns) + first + i]);
                }
            }
        }

        // Half a byte a value and four bytes for 64 of them, rows filled up to whole blocks.
        int blocks = (columns + 63) / 64;
        Assert.Equal(rows * blocks * (32 + 4), weight.Bytes);
    }

    [Fact]
    public void The_sixteen_values_are_those_that_a_normal_distribution_takes_equally_often()
    {
        // create_normal_map of bitsandbytes: quantiles between one half and 0.9677083, eight on the positive side, seven on the other, and zero.
        const double Offset = 0.9677083;
        double[] positive = [.. Enumerable.Range(0, 8).Select(i => Quantile(Offset + ((0.5 - Offset) * i / 8)))];
        double[] negative = [.. Enumerable.Range(0, 7).Select(i => -Quantile(Offset + ((0.5 - Offset) * i / 7)))];
        double[] expected = [.. positive.Concat(negative).Append(0).Order().Select(value => value / positive[0])];

        Assert.All(expected.Zip(NormalFloatTable()), pair => Assert.Equal(pair.First, pair.Second, 2e-6));

        // The inverse of Φ by bisection, Φ by Simpson's rule.
        static double Quantile(double probability)
        {
            (double low, double high) = (0, 5);
            for (int i = 0; i < 60; i++)
            {
                double middle = (low + high) / 2;
                (low, high) = Phi(middle) < probability ? (middle, high) : (low, middle);
            }

            return low;
        }

        static double Phi(double x)
        {
            const int Parts = 400;
            double sum = 0;
            for (int i = 0; i <= Parts; i++)
            {
                double t = x * i / Parts;
                sum += Math.Exp(-t * t / 2) * (i is 0 or Parts ? 1 : i % 2 == 0 ? 2 : 4);
            }

            return 0.5 + (sum * x / Parts / 3 / Math.Sqrt(2 * Math.PI));
        }
    }

    [Fact]
    public void Rounded_to_bfloat16_every_value_is_the_nearest_there_is()
    {
        float[] values = [.. Values(30 * 17, seed: 8), 0, -0f, 1e-45f, float.MaxValue, -float.MaxValue, 1.00390625f, 1.01171875f, 3, 0.1f, 1e30f, 1, 2, 4, 5, 6, 7, 8];

        FrozenWeight weight = new FrozenWeight(31, 17, values).ToBfloat16();

        Assert.Equal((TensorType.BF16, 2L * 31 * 17), (weight.Type, weight.Bytes));
        float[] read = weight.ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            // Neighbours in bfloat16 differ by 2⁻⁷ of their power of two.
            double step = Math.Abs(values[i]) > float.Epsilon ? Math.ScaleB(1, Math.ILogB(values[i]) - 7) : Math.ScaleB(1, -133);
            bool beyond = Math.Abs(values[i]) == float.MaxValue;
            Assert.InRange(Math.Abs((double)values[i] - read[i]), 0, beyond ? step : step / 2);
            Assert.True(float.IsFinite(read[i]));
        }

        Assert.Equal([1f, 1.015625f], read[515..517]); // halfway between two: the even one
    }

    [Fact]
    public void A_weight_in_another_type_is_not_handed_out_as_single_precision()
    {
        FrozenWeight weight = Weight(TensorType.BF16, 2, 3);

        Assert.Contains("[2×3] is held as BF16", Assert.Throws<InvalidOperationException>(() => weight.Singles).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_do_not_fill_the_shape_are_refused()
    {
        Assert.Contains(
            "[2×3] matrix has 6 values, not 5",
            Assert.Throws<ArgumentException>(() => new FrozenWeight(2, 3, new float[5])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "6 values, not 7",
            Assert.Throws<ArgumentException>(() => FrozenWeight.Narrow(TensorType.F16, 2, 3, new byte[14])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => FrozenWeight.Narrow(TensorType.I32, 2, 3, new byte[24]));
    }

    /// <summary>A block whose largest value is 1 and that holds all sixteen: they come back as they are.</summary>
    private static float[] NormalFloatTable()
    {
        float[] spread = [.. Enumerable.Range(0, 2001).Select(i => (i - 1000) / 1000f)];
        return [.. spread.SelectMany(value => new FrozenWeight(1, 2, new[] { 1f, value }).ToNormalFloats().ToArray()[1..]).Distinct().Order()];
    }
}
