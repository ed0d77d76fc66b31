using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Matrices.Kernels;

namespace EdgeFlora.Adapters.Tests.Matrices;

public sealed class MatrixProductTests
{
    private static readonly bool[] Both = [false, true];

    /// <summary>Around every tile edge: 1, 3, 4, 6, 8, 12, 16, 32 and 64.</summary>
    private static readonly int[] Sizes = [1, 2, 5, 8, 13, 16, 31, 33, 70];

    [Theory]
    [InlineData(VectorWidth.Bits512)]
    [InlineData(VectorWidth.Bits256)]
    [InlineData(VectorWidth.Bits128)]
    internal void Every_size_and_transpose_gives_the_sums_of_the_plain_loop(VectorWidth width)
    {
        foreach ((int m, int n, int k) in Sizes.SelectMany(_ => Sizes, (m, n) => (m, n)).SelectMany(_ => Sizes, (pair, k) => (pair.m, pair.n, k)))
        {
            foreach (bool transposeA in Both)
            {
                foreach (bool transposeB in Both)
                {
                    Given.Operands(m, n, k, transposeA, transposeB).Check(width, accumulate: (m + n + k) % 2 == 0);
                }
            }
        }
    }

    [Theory]
    [InlineData(40, 9, 1100, false, true)] // dot products over more than two blocks of k
    [InlineData(7, 45, 1100, false, true)] // the same with C turned round
    [InlineData(5, 600, 200, true, false)] // B read in place, in blocks of k and of columns
    [InlineData(600, 5, 200, true, false)]
    [InlineData(50, 1100, 300, false, false)] // panels of B in blocks of k and of columns
    [InlineData(50, 1100, 300, true, true)]
    [InlineData(17, 4217, 270, true, false)] // B gone through in order, in blocks of columns
    [InlineData(4217, 17, 270, true, false)] // the same with C turned round
    [InlineData(30, 48, 600, false, false)] // C three registers wide: of 512 bits,
    [InlineData(30, 24, 600, true, false)] // of 256
    [InlineData(30, 12, 600, false, false)] // and of 128
    [InlineData(1030, 1030, 16, false, false)] // C called into the cache before it is added to
    internal void A_product_larger_than_a_block_gives_the_sums_of_the_plain_loop(int m, int n, int k, bool transposeA, bool transposeB)
    {
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            Given.Operands(m, n, k, transposeA, transposeB).Check(width, accumulate: true);
            Given.Operands(m, n, k, transposeA, transposeB, gap: 0).Check(width);
        }
    }

    [Theory]
    [InlineData(210, 400, 301, false, true)] // cut by columns
    [InlineData(3001, 70, 65, false, false)] // cut by rows
    [InlineData(1501, 8, 770, false, true)] // dot products
    [InlineData(16, 1300, 500, true, false)]
    [InlineData(1300, 16, 500, true, false)]
    [InlineData(16, 4100, 260, true, false)] // B gone through in order
    [InlineData(900, 48, 300, false, false)] // C three registers wide
    [InlineData(4128, 2048, 16, false, true)] // C written past the caches
    internal void The_number_of_threads_changes_no_bit(int m, int n, int k, bool transposeA, bool transposeB)
    {
        var operands = Given.Operands(m, n, k, transposeA, transposeB);
        float[] alone = operands.Multiply(ProcessorVectors.Widest, accumulate: true);

        foreach (int threads in new[] { 2, 3, 8 })
        {
            Assert.Equal(Bits(alone), Bits(operands.Multiply(ProcessorVectors.Widest, accumulate: true, threads)));
        }
    }

    [Theory]
    [InlineData(2064, 4096, 16)] // rows of whole cache lines: written past the caches
    [InlineData(2064, 4099, 5)] // rows that are not: written through them
    internal void A_result_larger_than_the_caches_gives_the_sums_of_the_plain_loop(int m, int n, int k)
    {
        float[] a = Values(m * k);
        float[] b = Values(n * k);
        float[] memory = GC.AllocateUninitializedArray<float>((m * n) + 16, pinned: true);
        nint start = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) / sizeof(float);
        Span<float> c = memory.AsSpan((int)(-start & 15), m * n);
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            c.Fill(float.NaN);

            MatrixProduct.Multiply(m, n, k, a, k, false, b, k, true, c, n, accumulate: false, threads: 2, width);

            for (int index = 0; index < c.Length; index += 101) // a prime: every row and every lane is met
            {
                double sum = 0;
                for (int p = 0; p < k; p++)
                {
                    sum += (double)a[((index / n) * k) + p] * b[((index % n) * k) + p];
                }

                // k products of magnitude ≤ 1, each sum rounded at 2⁻²⁴ of at most k.
                Assert.Equal(sum, c[index], k * k * Math.ScaleB(1, -24));
            }

            Assert.False(c.Contains(float.NaN));
        }

        static float[] Values(int count)
        {
            var random = new Random(count);
            return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
        }
    }

    [Fact]
    public async Task Callers_on_many_threads_at_once_get_the_bits_each_would_get_alone()
    {
        Given[] operands = [.. Enumerable.Range(0, 6).Select(index => Given.Operands(200 + index, 300, 100, transposeB: true))];
        int[][] alone = [.. operands.Select(each => Bits(each.Multiply(ProcessorVectors.Widest)))];

        int[][] together = await Task.WhenAll(operands.Select(each => Task.Run(
            () => Bits(Enumerable.Range(0, 20).Select(_ => each.Multiply(ProcessorVectors.Widest, threads: 2)).Last()))));

        Assert.Equal(alone, together);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Nothing_beyond_an_operand_is_read_or_written(bool transposeA, bool transposeB)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Guarded memory is taken from Linux.");

        foreach ((int m, int n, int k) in new[] { (13, 33, 17), (7, 70, 50), (70, 7, 50), (50, 49, 300), (1, 1, 1), (3, 16, 64) })
        {
            using var a = new GuardedValues(new float[m * k]);
            using var b = new GuardedValues(new float[k * n]);
            using var c = new GuardedValues(new float[m * n]);
            foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
            {
                MatrixProduct.Multiply(
                    m, n, k, a.Values, transposeA ? m : k, transposeA, b.Values, transposeB ? k : n, transposeB, c.Values, n,
                    accumulate: false, threads: 1, width);
            }

            Assert.False(c.Values.ContainsAnyExcept(0f));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_repeated_product_allocates_nothing(int threads)
    {
        float[] x = new float[512 * 512];
        float[] y = new float[512 * 512];
        MultiplyAll();

        long allocated = Allocation.Least(_ => MultiplyAll());

        Assert.Equal(0, allocated);

        void MultiplyAll()
        {
            MatrixProduct.Multiply(512, 512, 512, x, 512, false, x, 512, true, y, 512, false, threads);
            MatrixProduct.Multiply(512, 8, 512, x, 512, false, x, 512, true, y, 512, false, threads);
            MatrixProduct.Multiply(8, 512, 512, x, 512, true, x, 512, false, y, 512, true, threads);
            MatrixProduct.Multiply(64, 33, 20, x, 512, false, x, 512, false, y, 512, true, threads);
        }
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
