using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Tests.Products;

public sealed class RowBasisTests
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(1e-2)] // conditions 1e2, 1e4, 1e6 of six rows
    [InlineData(1e-4)]
    [InlineData(1e-6)]
    public void Rows_are_orthonormal_however_dependent_they_were(double apart)
    {
        var random = new SeededRandom(1);
        Matrix common = Given.Gaussian(1, 300, 1, random);
        Matrix x = Given.Gaussian(6, 300, apart, random);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                x[i, j] += common[0, j];
            }
        }

        VectorBlock basis = RowBasis.Of(new VectorBlock(x), threads: 1);

        DoubleMatrix gram = Gram.OfRows(basis.Rows);
        for (int i = 0; i < basis.Count; i++)
        {
            for (int j = 0; j < basis.Count; j++)
            {
                // Rows of unit length in single precision.
                Assert.Equal(i == j ? 1 : 0, gram[i, j], tolerance: 2e-6);
            }
        }
    }

    [Fact]
    public void Rows_that_are_not_there_are_dropped()
    {
        var random = new SeededRandom(1);
        Matrix x = Given.Gaussian(5, 40, 1, random);
        x.Row(1).CopyTo(x.Row(3));
        x.Row(4).Clear();

        Assert.Equal(3, RowBasis.Of(new VectorBlock(x), threads: 1).Count);
        Assert.Equal(0, RowBasis.Of(new VectorBlock(new Matrix(3, 40)), threads: 1).Count);
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1e-5, false)]
    public void Projections_follow_the_rows_unless_mixing_would_magnify_their_rounding(double apart, bool kept)
    {
        var random = new SeededRandom(2);
        Matrix x = Given.Gaussian(3, 50, 1, random);
        for (int j = 0; j < x.Columns; j++)
        {
            x[2, j] = (float)(x[1, j] + (apart * x[2, j]));
        }

        Matrix others = Given.Gaussian(4, 50, 1, random);
        Matrix projections = Gram.OfRows(others, x).ToSingles();

        VectorBlock basis = RowBasis.Of(new VectorBlock(x, projections), threads: 1);

        Assert.Equal(kept, basis.Projections is not null);
        if (basis.Projections is { } mixed)
        {
            DoubleMatrix expected = Gram.OfRows(others, basis.Rows);
            for (int i = 0; i < expected.Values.Length; i++)
            {
                Assert.Equal(expected.Values[i], mixed.Values[i], tolerance: 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 3, 7)]
    [InlineData(9, 6, 1029)] // two pieces of columns and a rest, tiles and their edges
    public void Gram_matrices_are_those_of_plain_loops(int rowsX, int rowsY, int columns)
    {
        var random = new SeededRandom(3);
        Matrix x = Given.Gaussian(rowsX, columns, 1, random);
        Matrix y = Given.Gaussian(rowsY, columns, 1, random);

        AssertEqual(DenseReference.Times(DenseReference.Of(x), DenseReference.Of(y), transposeY: true), Gram.OfRows(x, y, threads: 2));
        AssertEqual(DenseReference.Times(DenseReference.Of(x), DenseReference.Of(x), transposeY: true), Gram.OfRows(x));
    }

    private static void AssertEqual(double[,] expected, DoubleMatrix actual)
    {
        for (int i = 0; i < actual.Rows; i++)
        {
            for (int j = 0; j < actual.Columns; j++)
            {
                // A thousand exact products in double precision.
                Assert.Equal(expected[i, j], actual[i, j], tolerance: 1e-11);
            }
        }
    }
}
