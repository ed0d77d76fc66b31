using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Tests.Matrices;

public sealed class MatrixProductTests
{
    /// <summary>Sizes around every tile edge (1, 3, 4, 6, 12, 16, 32 and their doubles), thin and wide.</summary>
    private static readonly int[] Sizes = [1, 2, 3, 5, 8, 13, 16, 17, 25, 31, 33, 48, 64, 70];

    [Theory]
    [InlineData(VectorWidth.Bits512)]
    [InlineData(VectorWidth.Bits256)]
    [InlineData(VectorWidth.Bits128)]
    internal void Every_size_and_transpose_gives_the_sums_of_the_plain_loop(VectorWidth width)
    {
        foreach (int m in Sizes)
        {
            foreach (int n in Sizes)
            {
                foreach (int k in Sizes)
                {
                    foreach (bool transposeA in new[] { false, true })
                    {
                        foreach (bool transposeB in new[] { false, true })
                        {
                            Given.Operands(m, n, k, transposeA, transposeB).Check(width, accumulate: (m + n + k) % 2 == 0);
                        }
                    }
                }
            }
        }
    }
}
