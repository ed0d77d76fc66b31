using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Tests.Deltas;

/// <summary>Products and slow sums of them.</summary>
internal static class Given
{
    public static LoraFactors Factors(int rank, int inputs, int outputs, int seed)
    {
        var random = new Random(seed);
        var factors = new LoraFactors(new Matrix(rank, inputs), new Matrix(outputs, rank));
        foreach (ref float value in factors.A.Values)
        {
            value = (2 * random.NextSingle()) - 1;
        }

        foreach (ref float value in factors.B.Values)
        {
            value = (2 * random.NextSingle()) - 1;
        }

        return factors;
    }

    /// <summary>sum += scale·B·A in double precision.</summary>
    public static void Add(double[,] sum, LoraFactors product, double scale)
    {
        for (int o = 0; o < product.Outputs; o++)
        {
            for (int i = 0; i < product.Inputs; i++)
            {
                for (int r = 0; r < product.Rank; r++)
                {
                    sum[o, i] += scale * product.B[o, r] * product.A[r, i];
                }
            }
        }
    }

    public static void AssertNear(double[,] expected, Matrix actual, double tolerance)
    {
        Assert.Equal((expected.GetLength(0), expected.GetLength(1)), (actual.Rows, actual.Columns));
        for (int o = 0; o < actual.Rows; o++)
        {
            for (int i = 0; i < actual.Columns; i++)
            {
                Assert.Equal(expected[o, i], actual[o, i], tolerance);
            }
        }
    }
}
