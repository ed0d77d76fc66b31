using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Leading singular triplets of a module's update: T ≈ Σᵢ σᵢ·uᵢ·vᵢᵀ.</summary>
/// <param name="Left">uᵢ, one a row [n × outputs], orthonormal to single precision.</param>
/// <param name="Sigma">σᵢ &gt; 0, largest first.</param>
/// <param name="Right">vᵢ, one a row [n × inputs], orthonormal to single precision.</param>
internal sealed record SingularTriplets(Matrix Left, double[] Sigma, Matrix Right)
{
    public int Count => Sigma.Length;

    /// <summary>Σᵢ σᵢ² of the first <paramref name="count"/>.</summary>
    public double Energy(int count) => Sigma.Take(count).Sum(s => s * s);

    public SingularTriplets First(int count) =>
        count >= Count ? this : Slice(0, count);

    /// <summary>Triplets <paramref name="from"/> … <paramref name="from"/> + <paramref name="count"/> − 1, as many of them as there are.</summary>
    public SingularTriplets Slice(int from, int count)
    {
        int to = Math.Min(Count, from + count);
        int start = Math.Min(from, to);
        return new SingularTriplets(Rows(Left, start, to), Sigma[start..to], Rows(Right, start, to));
    }

    /// <summary>
    /// B = U·Σ [outputs × n] and A = Vᵀ [n × inputs] of at least one triplet; a Σ beyond the middle of single precision is shared evenly with A, by a
    /// power of two.
    /// </summary>
    public LoraFactors ToFactors()
    {
        const int Usual = 60;
        int size = Math.ILogB(Sigma[0]);
        double lengthA = Math.Abs(size) <= Usual ? 1 : Math.ScaleB(1, size / 2);
        var b = new Matrix(Left.Columns, Count);
        for (int i = 0; i < Count; i++)
        {
            for (int o = 0; o < b.Rows; o++)
            {
                b[o, i] = (float)(Sigma[i] / lengthA * Left[i, o]);
            }
        }

        return new LoraFactors(lengthA == 1 ? Right : Difference.Of(Right, lengthA, Right, 0), b);
    }

    private static Matrix Rows(Matrix matrix, int from, int to) =>
        new(to - from, matrix.Columns, matrix.Values[(from * matrix.Columns)..(to * matrix.Columns)].ToArray());
}
