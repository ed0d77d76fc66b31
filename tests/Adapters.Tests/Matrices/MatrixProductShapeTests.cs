using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Tests.Matrices;

public sealed class MatrixProductShapeTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_small_product_is_the_one_on_paper(bool transposeA, bool transposeB)
    {
        var a = transposeA ? new Matrix(3, 2, [1, 4, 2, 5, 3, 6]) : new Matrix(2, 3, [1, 2, 3, 4, 5, 6]);
        var b = transposeB ? new Matrix(1, 3, [7, 8, 9]) : new Matrix(3, 1, [7, 8, 9]);
        var c = new Matrix(2, 1);

        MatrixProduct.Multiply(a, transposeA, b, transposeB, c);

        Assert.Equal([50, 122], c.Values.ToArray());
    }

    [Fact]
    public void A_product_over_nothing_is_zero_or_leaves_what_is_added_to()
    {
        float[] c = [1, 2, 3, 4];

        MatrixProduct.Multiply(2, 1, 0, [], 0, false, [], 1, false, c, 2, accumulate: true);
        Assert.Equal([1, 2, 3, 4], c);

        MatrixProduct.Multiply(2, 1, 0, [], 0, false, [], 1, false, c, 2);
        Assert.Equal([0, 2, 0, 4], c);
    }

    [Fact]
    public void An_operand_shorter_than_its_shape_is_refused_with_both_sizes()
    {
        string message = Refusal(a: 11, b: 20, c: 15);
        Assert.StartsWith("A [3×4] with leading dimension 4 takes 12 values, but 11 were given.", message, StringComparison.Ordinal);

        message = Refusal(a: 12, b: 19, c: 15);
        Assert.StartsWith("B [4×5] with leading dimension 5 takes 20 values, but 19 were given.", message, StringComparison.Ordinal);

        message = Refusal(a: 12, b: 20, c: 14);
        Assert.StartsWith("C [3×5] with leading dimension 5 takes 15 values, but 14 were given.", message, StringComparison.Ordinal);

        static string Refusal(int a, int b, int c) => Assert.Throws<ArgumentException>(
            () => MatrixProduct.Multiply(3, 5, 4, new float[a], 4, false, new float[b], 5, false, new float[c], 5)).Message;
    }

    [Fact]
    public void A_leading_dimension_shorter_than_a_row_is_refused()
    {
        string message = Assert.Throws<ArgumentException>(
            () => MatrixProduct.Multiply(3, 5, 4, new float[99], 2, true, new float[99], 5, false, new float[99], 5)).Message;

        Assert.StartsWith("Rows of A [4×3] are 3 long, but its leading dimension is 2.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_whose_product_overflows_are_refused()
    {
        Assert.Throws<ArgumentException>(
            () => MatrixProduct.Multiply(65_537, 1, 65_537, new float[9], 65_537, false, new float[65_537], 1, false, new float[65_537], 1));
    }

    [Fact]
    public void Matrices_that_do_not_fit_are_refused_with_their_shapes()
    {
        string message = Assert.Throws<ArgumentException>(
            () => MatrixProduct.Multiply(new Matrix(2, 3), false, new Matrix(4, 5), false, new Matrix(2, 5))).Message;

        Assert.StartsWith("A product of [2×3] and [4×5] does not fit into [2×5].", message, StringComparison.Ordinal);
    }
}
