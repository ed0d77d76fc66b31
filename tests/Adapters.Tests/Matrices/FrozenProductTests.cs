using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;
using static EdgeFlora.Adapters.Tests.Matrices.FrozenWeights;

namespace EdgeFlora.Adapters.Tests.Matrices;

/// <summary>Products with weights that stay as they are.</summary>
public sealed class FrozenProductTests
{
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
    public void An_input_shorter_than_its_shape_is_refused_with_both_sizes()
    {
        FrozenWeight weight = Weight(TensorType.BF16, 5, 4);

        string message = Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(3, new float[11], 4, weight, transposeWeight: true, new float[15], 5)).Message;

        Assert.StartsWith("A [3×4] with leading dimension 4 takes 12 values, but 11 were given.", message, StringComparison.Ordinal);
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
