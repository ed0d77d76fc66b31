using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters.Tests.Matrices;

/// <summary>Operands of one product, with gaps between the rows, and the plain loop that judges it.</summary>
internal sealed class Given
{
    // What lies between and behind rows: were it read, the result would not be a number; were it written, Check would see it.
    private const float Gap = float.NaN;

    private readonly int m;
    private readonly int n;
    private readonly int k;
    private readonly bool transposeA;
    private readonly bool transposeB;
    private readonly float[] a;
    private readonly float[] b;
    private readonly int lda;
    private readonly int ldb;
    private readonly int ldc;

    private Given(int m, int n, int k, bool transposeA, bool transposeB, int gap)
    {
        (this.m, this.n, this.k, this.transposeA, this.transposeB) = (m, n, k, transposeA, transposeB);
        var random = new Random((m * 31) + (n * 37) + (k * 41));
        lda = (transposeA ? m : k) + gap;
        ldb = (transposeB ? k : n) + gap;
        ldc = n + gap;
        a = Values(random, transposeA ? k : m, lda, gap);
        b = Values(random, transposeB ? n : k, ldb, gap);
    }

    public static Given Operands(int m, int n, int k, bool transposeA = false, bool transposeB = false, int gap = 3) =>
        new(m, n, k, transposeA, transposeB, gap);

    /// <summary>C as computed, with its gaps.</summary>
    public float[] Multiply(VectorWidth width, bool accumulate = false, int threads = 1)
    {
        float[] c = Target();
        MatrixProduct.Multiply(m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate, threads, width);
        return c;
    }

    /// <summary>Compares every value with the sum in double precision, and finds the gaps untouched.</summary>
    public void Check(VectorWidth width, bool accumulate = false)
    {
        float[] before = Target();
        float[] c = Multiply(width, accumulate);

        for (int index = 0; index < c.Length; index++)
        {
            (int i, int j) = (index / ldc, index % ldc);
            if (j >= n)
            {
                if (!float.IsNaN(c[index]))
                {
                    Assert.Fail($"{this}: the gap behind row {i} was written.");
                }

                continue;
            }

            double sum = accumulate ? before[index] : 0;
            double size = Math.Abs(sum);
            for (int p = 0; p < k; p++)
            {
                double term = (double)a[transposeA ? (p * lda) + i : (i * lda) + p] * b[transposeB ? (j * ldb) + p : (p * ldb) + j];
                sum += term;
                size += Math.Abs(term);
            }

            // Each of k + 1 additions rounds at 2⁻²⁴ of a partial sum, and none exceeds the sum of the absolute terms.
            double tolerance = (k + 1) * Math.ScaleB(1, -24) * size;
            if (!(Math.Abs(c[index] - sum) <= tolerance))
            {
                Assert.Fail($"{this} at ({i}, {j}): {c[index]} instead of {sum}.");
            }
        }
    }

    public override string ToString() => $"[{m}×{k}]{(transposeA ? "ᵀ" : "")}·[{k}×{n}]{(transposeB ? "ᵀ" : "")}";

    private float[] Target() => Values(new Random(7), m, ldc, ldc - n);

    private static float[] Values(Random random, int rows, int stride, int gap)
    {
        float[] values = new float[((rows - 1) * stride) + stride];
        for (int index = 0; index < values.Length; index++)
        {
            values[index] = index % stride >= stride - gap ? Gap : (random.NextSingle() * 2) - 1;
        }

        return values;
    }
}
