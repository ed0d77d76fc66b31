using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products.Blocks;

namespace EdgeFlora.Aggregation.Tests.Products.Blocks;

/// <summary>Blocked products against the same products written out.</summary>
public sealed class FactorSweepTests
{
    // Sums of at most two thousand single-precision products, relative to the largest result.
    private const double Rounding = 1e-5;

    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1, 1 }, // directions, length, vectors, of which projected, threads
        { 2, 3, 17, 5, 2 },
        { 5, 4, 129, 9, 1 },
        { 7, 16, 1100, 24, 3 }, // three slices
        { 40, 3, 530, 48, 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Images_and_projections_are_those_of_plain_loops(int entries, int rank, int length, int width, int threads)
    {
        var random = new SeededRandom(4);
        // Unequal ranks, so that offsets matter.
        LoraFactors[] factors = [.. Enumerable.Range(0, entries).Select(i => Given.Factors(rank + (i % 2), length, length, (ulong)i))];
        foreach ((FactorRows rows, double[,] dense) in new (FactorRows, double[,])[] { (new RowsOfA(factors), DenseA(factors)), (new RowsOfB(factors), DenseB(factors)) })
        {
            Matrix mixes = Given.Gaussian(rows.Count, width, 1, random);
            Matrix vectors = Given.Gaussian(width, length, 1, random);
            Matrix sum = Given.Gaussian(width, length, 1, random);
            double[,] before = DenseReference.Of(sum);
            double[,] image = DenseReference.Times(DenseReference.Transposed(DenseReference.Of(mixes)), dense);
            int projected = (width + 1) / 2;

            AssertNear(DenseReference.Times(dense, DenseReference.Of(vectors), transposeY: true), rows.Project(vectors, threads));
            Matrix projections = new FactorSweep(rows, projected, threads).Combine(mixes, sum, add: false, projected)!;
            AssertNear(image, sum);
            AssertNear(DenseReference.Times(dense, First(image, projected), transposeY: true), projections);

            Matrix added = new(width, length, [.. before.Cast<double>().Select(value => (float)value)]);
            Assert.Null(new FactorSweep(rows, 0, threads).Combine(mixes, added, add: true));
            DenseReference.Add(image, before, 1);
            AssertNear(image, added);
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(3, 5, 130, 2)]
    [InlineData(30, 16, 1100, 3)] // three slices
    [InlineData(6, 21, 300, 1)] // a register, and values beyond it
    public void A_sum_of_entries_and_its_projections_are_those_of_plain_loops(int entries, int rank, int length, int threads)
    {
        var random = new SeededRandom(5);
        LoraFactors[] factors = [.. Enumerable.Range(0, entries).Select(i => Given.Factors(rank, length, length, (ulong)i))];
        float[] scalars = [.. Enumerable.Range(0, entries).Select(_ => (float)random.NextGaussian())];
        double[,] mixes = new double[rank, entries * rank];
        for (int i = 0; i < entries * rank; i++)
        {
            mixes[i % rank, i] = scalars[i / rank];
        }

        foreach ((FactorRows rows, double[,] dense) in new (FactorRows, double[,])[] { (new RowsOfA(factors), DenseA(factors)), (new RowsOfB(factors), DenseB(factors)) })
        {
            Matrix sum = Given.Gaussian(rank, length, 1, random); // overwritten
            Matrix projections = new FactorSweep(rows, rank, threads).Sum(scalars, sum);

            double[,] expected = DenseReference.Times(mixes, dense);
            AssertNear(expected, sum);
            AssertNear(DenseReference.Times(dense, expected, transposeY: true), projections);
        }
    }

    private static double[,] DenseA(LoraFactors[] factors) => Rows(factors, (f, r, i) => f.A[r, i], factors[0].Inputs);

    private static double[,] DenseB(LoraFactors[] factors) => Rows(factors, (f, r, i) => f.B[i, r], factors[0].Outputs);

    private static double[,] Rows(LoraFactors[] factors, Func<LoraFactors, int, int, float> value, int length)
    {
        double[,] rows = new double[factors.Sum(f => f.Rank), length];
        int at = 0;
        foreach (LoraFactors entry in factors)
        {
            for (int r = 0; r < entry.Rank; r++, at++)
            {
                for (int i = 0; i < length; i++)
                {
                    rows[at, i] = value(entry, r, i);
                }
            }
        }

        return rows;
    }

    private static double[,] First(double[,] matrix, int rows)
    {
        double[,] first = new double[rows, matrix.GetLength(1)];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < first.GetLength(1); j++)
            {
                first[i, j] = matrix[i, j];
            }
        }

        return first;
    }

    private static void AssertNear(double[,] expected, Matrix actual)
    {
        double largest = expected.Cast<double>().Max(Math.Abs);
        double[,] found = DenseReference.Of(actual);
        Assert.Equal(expected.GetLength(0), found.GetLength(0));
        DenseReference.Add(found, expected, -1);
        Assert.InRange(found.Cast<double>().Max(Math.Abs), 0, Rounding * largest);
    }
}
