using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Tests.Matrices;

public sealed class MatrixProductTests
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
}
