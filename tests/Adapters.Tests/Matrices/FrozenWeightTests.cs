using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Tests.Matrices;

public sealed class FrozenWeightTests
{
    private static readonly TensorType[] Types = [TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.I8, TensorType.U8];

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 70, 300)] // one token: rows of W are widened under dot products
    [InlineData(3, 1, 64)]
    [InlineData(40, 5, 900)] // few outputs: W is packed for dot products
    [InlineData(5, 600, 200)] // in single precision W would be read in place, in shorter blocks of k
    [InlineData(50, 1100, 300)] // panels in blocks of k and of columns
    [InlineData(17, 4217, 270)] // in single precision W is gone through in order
    [InlineData(29, 47, 67)] // an edge in every direction
    public void A_product_has_the_bits_of_the_weight_widened_beforehand(int m, int outputs, int inputs)
    {
        float[] x = Values(m * inputs, seed: 1);
        foreach (TensorType type in Types)
        {
            foreach (bool transpose in new[] { false, true })
            {
                FrozenWeight weight = transpose ? Weight(type, outputs, inputs) : Weight(type, inputs, outputs);
                float[] widened = weight.ToArray();
                foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
                {
                    float[] expected = Values(m * outputs, seed: 2);
                    float[] actual = [.. expected];

                    MatrixProduct.Multiply(
                        m, outputs, inputs, x, inputs, false, widened, transpose ? inputs : outputs, transpose, expected, outputs, accumulate: true,
                        threads: 1, width);
                    MatrixProduct.Multiply(m, x, inputs, weight, transpose, actual, outputs, default, accumulate: true, threads: 2, width);

                    Assert.Equal(Bits(expected), Bits(actual));
                }
            }
        }
    }

    [Theory]
    [InlineData(1, 70, 300, 8)] // dot products, which take nothing in
    [InlineData(5, 40, 20, 3)]
    [InlineData(50, 1100, 300, 16)] // blocks of k and of columns
    [InlineData(29, 47, 67, 1)] // edges
    [InlineData(30, 64, 64, 300)] // a rank beyond one block
    [InlineData(30, 64, 64, 0)] // a row alone
    public void What_is_taken_in_beside_has_the_bits_of_being_added_one_after_the_other(int m, int outputs, int inputs, int rank)
    {
        float[] x = Values(m * inputs, seed: 1);
        float[] row = Values(outputs, seed: 2);
        float[] h = Values(m * rank, seed: 3);
        float[] g = Values(outputs * rank, seed: 4);
        foreach (bool transpose in new[] { false, true })
        {
            FrozenWeight weight = transpose ? Weight(TensorType.BF16, outputs, inputs) : Weight(TensorType.BF16, inputs, outputs);
            foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
            {
                float[] expected = [.. Enumerable.Range(0, m).SelectMany(_ => row)];
                MatrixProduct.Multiply(m, x, inputs, weight, transpose, expected, outputs, default, accumulate: true, threads: 1, width);
                MatrixProduct.Multiply(
                    m,
                    outputs,
                    rank,
                    h,
                    rank,
                    false,
                    g,
                    transpose ? rank : outputs,
                    transpose,
                    expected,
                    outputs,
                    accumulate: true,
                    threads: 1,
                    width);

                foreach (int threads in new[] { 1, 2, 3 })
                {
                    float[] actual = Values(m * outputs, seed: 6); // to be overwritten
                    MatrixProduct.Multiply(
                        m,
                        x,
                        inputs,
                        weight,
                        transpose,
                        actual,
                        outputs,
                        new ProductAddition(row, rank, h, g, transpose),
                        accumulate: false,
                        threads,
                        width);
                    Assert.Equal(Bits(expected), Bits(actual));

                    // Without a row, onto what is there.
                    float[] added = [.. Enumerable.Range(0, m).SelectMany(_ => row)];
                    MatrixProduct.Multiply(
                        m,
                        x,
                        inputs,
                        weight,
                        transpose,
                        added,
                        outputs,
                        new ProductAddition([], rank, h, g, transpose),
                        accumulate: true,
                        threads,
                        width);
                    Assert.Equal(Bits(expected), Bits(added));
                }
            }
        }
    }

    [Fact]
    public void A_row_or_factor_that_does_not_fit_is_refused_with_its_size()
    {
        FrozenWeight weight = Weight(TensorType.F32, 4, 5);

        Assert.Contains("A row of 4 values cannot be added to rows of 5", Refusal(new ProductAddition(new float[4])), StringComparison.Ordinal);
        Assert.Contains("cannot be set where C is kept", Refusal(new ProductAddition(new float[5]), accumulate: true), StringComparison.Ordinal);
        Assert.Contains(
            "H [3×2] with leading dimension 2 takes 6 values, but 5 were given",
            Refusal(new ProductAddition([], 2, new float[5], new float[10])),
            StringComparison.Ordinal);
        Assert.Contains(
            "G [2×5] with leading dimension 5 takes 10 values, but 9 were given",
            Refusal(new ProductAddition([], 2, new float[6], new float[9])),
            StringComparison.Ordinal);

        string Refusal(ProductAddition addition, bool accumulate = false)
        {
            float[] given = [.. addition.Row, float.NaN, .. addition.Inner, float.NaN, .. addition.Outer];
            (int row, int inner, int rank) = (addition.Row.Length, addition.Inner.Length, addition.Rank);
            return Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(
                3, new float[12], 4, weight, false, new float[15], 5,
                new ProductAddition(given.AsSpan(0, row), rank, given.AsSpan(row + 1, inner), given.AsSpan(row + inner + 2)), accumulate)).Message;
        }
    }

    [Theory]
    [InlineData(TensorType.F16, 1)]
    [InlineData(TensorType.BF16, 33)]
    [InlineData(TensorType.I8, 33)]
    public void A_product_allocates_no_widened_copy(TensorType type, int m)
    {
        FrozenWeight weight = Weight(type, 512, 640);
        float[] x = Values(m * 640, seed: 1);
        float[] y = new float[m * 512];
        MatrixProduct.Multiply(m, x, 640, weight, transposeWeight: true, y, 512);

        long allocated = Allocation.Least(_ => MatrixProduct.Multiply(m, x, 640, weight, transposeWeight: true, y, 512));

        Assert.Equal(0, allocated);
    }

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

    [Fact]
    public void An_input_shorter_than_its_shape_is_refused_with_both_sizes()
    {
        FrozenWeight weight = Weight(TensorType.BF16, 5, 4);

        string message = Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(3, new float[11], 4, weight, transposeWeight: true, new float[15], 5)).Message;

        Assert.StartsWith("A [3×4] with leading dimension 4 takes 12 values, but 11 were given.", message, StringComparison.Ordinal);
    }

    /// <summary>A block whose largest value is 1 and that holds all sixteen: they come back as they are.</summary>
    private static float[] NormalFloatTable()
    {
        float[] spread = [.. Enumerable.Range(0, 2001).Select(i => (i - 1000) / 1000f)];
        return [.. spread.SelectMany(value => new FrozenWeight(1, 2, new[] { 1f, value }).ToNormalFloats().ToArray()[1..]).Distinct().Order()];
    }

    private static FrozenWeight Weight(TensorType type, int rows, int columns)
    {
        float[] values = Values(rows * columns, seed: 5);
        switch (type)
        {
            case TensorType.F32:
                return new FrozenWeight(rows, columns, values);
            case TensorType.I8:
                return new FrozenWeight(rows, columns, values).Quantise();
            case TensorType.U8:
                return new FrozenWeight(rows, columns, values).ToNormalFloats();
            default:
                byte[] bytes = new byte[2 * values.Length];
                SinglePrecision.Narrow(type, values, bytes);
                return FrozenWeight.Narrow(type, rows, columns, bytes);
        }
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
