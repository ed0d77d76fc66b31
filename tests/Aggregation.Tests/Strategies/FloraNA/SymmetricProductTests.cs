using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation.Tests.Strategies.FloraNA;

public sealed class SymmetricProductTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(48)] // one block of rows
    [InlineData(100)]
    public void Pieces_add_up_to_the_product_with_its_transpose(int n)
    {
        const int Columns = 15;
        const int Stride = 17;
        const double Scale = 0.25;
        var random = new SeededRandom(4);
        Matrix[] pieces = [.. Enumerable.Range(0, 2).Select(_ => Given.Gaussian(n, Stride, 1, random))];
        var h = new DoubleMatrix(n, n);
        foreach (Matrix piece in pieces)
        {
            SymmetricProduct.Add(piece.Values, Stride, Columns, new Matrix(n, n), h, threads: 1);
        }

        SymmetricProduct.Complete(h, Scale);

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double expected = 0;
                foreach (Matrix piece in pieces)
                {
                    for (int k = 0; k < Columns; k++)
                    {
                        expected += (double)piece[i, k] * piece[j, k];
                    }
                }

                // Fifteen products in single precision, each rounded at 6e-8.
                Assert.Equal(Scale * expected, h[i, j], tolerance: 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(0, 0)] // a length of zero has no power
    [InlineData(40, 0)]
    [InlineData(-40, 0)]
    [InlineData(41, -41)]
    [InlineData(-41, 41)]
    [InlineData(200, -200)]
    public void Only_lengths_far_from_one_change_the_unit(int power, int change)
    {
        // A trace of 4·(2^power / 3)² in the unit 3 / 2 has the length 2^power.
        const double Unit = 1.5;
        var gram = new DoubleMatrix(4, 4);
        for (int i = 0; i < 4; i++)
        {
            gram[i, i] = power == 0 ? 0 : Math.ScaleB(1 / 3.0, power) * Math.ScaleB(1 / 3.0, power);
        }

        // The length is rounded: a little more than the power of two.
        double expected = Math.ScaleB(Unit, change);
        Assert.Equal(expected, SymmetricProduct.UnitFor(gram, Unit * (1 + 1e-12)), tolerance: 1e-11 * expected);
    }

    [Fact]
    public void A_root_times_its_transpose_is_the_matrix_in_the_unit()
    {
        const double Unit = 3;
        Matrix x = Given.Gaussian(4, 9, 1, new SeededRandom(5));
        DoubleMatrix gram = Gram(x);

        Matrix root = SymmetricProduct.Root(gram, Unit);

        DoubleMatrix square = Gram(root);
        Assert.All(gram.Values.ToArray().Zip(square.Values.ToArray()), pair => Assert.Equal(Unit * Unit * pair.First, pair.Second, tolerance: 1e-4));
    }

    private static DoubleMatrix Gram(Matrix x)
    {
        var gram = new DoubleMatrix(x.Rows, x.Rows);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Rows; j++)
            {
                gram[i, j] = Enumerable.Range(0, x.Columns).Sum(k => (double)x[i, k] * x[j, k]);
            }
        }

        return gram;
    }
}
