using System.Runtime.Intrinsics;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products.Truncation;

/// <summary>
/// The energy of a map outside a subspace, estimated from random signs: for entries ±1 the mean of ‖(I − QᵀQ)Tω‖² is ‖(I − QᵀQ)T‖² (Hutchinson 1990).
/// </summary>
/// <remarks>What the leading directions hold is known and taken away first, so only the rest carries an error (Hutch++, Meyer et al. 2021).</remarks>
internal sealed class ProbedEnergy
{
    /// <summary>Sign vectors of a first estimate.</summary>
    public const int First = 16;

    /// <summary>Sign vectors added at a time.</summary>
    public const int More = 48;

    private const int Most = 256;

    // Probes go on until an error is known to a twentieth, or lies where single precision ends.
    private const double Tolerated = 0.05;
    private const double Rounding = 1e-7;

    private readonly List<double> samples = [];

    /// <summary>The estimate.</summary>
    public double Energy => samples.Average();

    /// <summary>Three standard errors of <see cref="Energy"/>; a normal estimate is further off once in four hundred times.</summary>
    public double Margin => 3 * Math.Sqrt(samples.Sum(sample => (sample - Energy) * (sample - Energy)) / (samples.Count - 1) / samples.Count);

    /// <summary>Adds the last <paramref name="count"/> rows of <paramref name="images"/> [… × n], T·ω each.</summary>
    /// <param name="basis">Q, orthonormal rows.</param>
    public void Add(Matrix images, int count, Matrix basis, int threads)
    {
        double[] added = new double[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            ReadOnlySpan<float> image = images.Row(images.Rows - count + i);
            double rest = Widening.Dot(image, image);
            for (int j = 0; j < basis.Rows; j++)
            {
                double along = Widening.Dot(image, basis.Row(j));
                rest -= along * along;
            }

            added[i] = Math.Max(0, rest);
        });
        samples.AddRange(added);
    }

    /// <summary>Whether more probes would make an error of √(tail/total) better known, and there may be more.</summary>
    /// <param name="tail">Energy that a product of the wanted rank misses.</param>
    /// <param name="total">‖T‖².</param>
    public bool WantsMore(double tail, double total) =>
        samples.Count + More <= Most && tail > Rounding * total && Margin > 2 * Tolerated * tail;

    /// <summary>Fills rows with signs of the given size.</summary>
    public static void Fill(Span<float> row, float size, SeededRandom random)
    {
        // One lane a bit: bit i of sixteen makes value i negative.
        Vector512<uint> lanes = Vector512.Create(
            1u, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);
        Vector512<float> positive = Vector512.Create(size);
        Span<float> last = stackalloc float[64];
        for (int from = 0; from < row.Length; from += 64)
        {
            ulong bits = random.NextUInt64();
            Span<float> values = row.Length - from < 64 ? last : row.Slice(from, 64);
            for (int i = 0; i < 64; i += Vector512<float>.Count)
            {
                Vector512<uint> clear = Vector512.Equals(Vector512.Create((uint)(bits >> i)) & lanes, Vector512<uint>.Zero);
                Vector512.ConditionalSelect(clear.AsSingle(), positive, -positive).CopyTo(values[i..]);
            }

            if (row.Length - from < 64)
            {
                last[..(row.Length - from)].CopyTo(row[from..]);
            }
        }
    }
}
