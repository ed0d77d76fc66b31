using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products.Truncation;

/// <summary>Leading triplets by subspace iteration with a warm start and oversampling (Halko, Martinsson, Tropp 2011), each step one product with T or Tᵀ.</summary>
/// <remarks>
/// The error of the subspace falls by (σ_{l+1}/σ_r) with each step. It stops when a step gains less than <see cref="Enough"/> of the remaining error;
/// the energy outside the subspace is estimated from independent random signs (Hutchinson on the deflated map, as in Hutch++, Meyer et al. 2021).
/// </remarks>
internal static class RandomisedTruncation
{
    // Least number of random directions beyond the wanted rank, and what the width is then rounded up to: the kernels' own width.
    private const int Oversampling = 8;
    private const int WidthStep = 16;

    /// <summary>Random sign vectors that estimate the energy outside the subspace.</summary>
    public const int Probes = 16;

    // A gain of 0.2 % of the squared error is 0.1 % of the error; later steps gain less still.
    private const double Enough = 0.002;
    private const int MaxSteps = 24;

    /// <summary>Vectors iterated on for a wanted rank.</summary>
    public static int WidthFor(int rank) => (rank + Oversampling + WidthStep - 1) / WidthStep * WidthStep;

    /// <param name="map">T, or T in some unit.</param>
    /// <param name="warmStart">Vectors [w × inputs] near the wanted right space, the mean of A; w ≤ <paramref name="rank"/>.</param>
    /// <param name="rank">Triplets wanted; ≥ 1.</param>
    /// <param name="energy">‖map‖² where it is known, else null.</param>
    public static TruncatedUpdate Of(ILinearMap map, Matrix warmStart, int rank, double? energy, SeededRandom random, int threads, TruncationMethod method)
    {
        int width = Math.Min(WidthFor(rank), Math.Min(map.Outputs, map.Inputs));
        int probes = energy is null ? Probes : 0;
        double[] lengths = [.. Enumerable.Range(0, warmStart.Rows).Select(i => Math.Sqrt(Widening.Dot(warmStart.Row(i), warmStart.Row(i))))];
        Matrix probed = map.Apply(Start(warmStart, lengths, width, probes, random));
        Matrix startImages = ImagesOf(probed, lengths);
        Matrix left = RowBasis.Of(Rows(probed, 0, width), threads);
        Matrix right = map.ApplyTransposed(left);
        SingularTriplets best = TripletsOfRows.Of(left, right, width, threads);
        double total = energy ?? EnergyFrom(probed, left, best);
        for (int step = 0; step < MaxSteps && best.Count > 0; step++)
        {
            double before = best.Energy(rank);
            if (step % 2 == 0)
            {
                right = RowBasis.Of(right, threads);
                left = map.Apply(right);
                best = Swapped(TripletsOfRows.Of(right, left, width, threads));
            }
            else
            {
                left = RowBasis.Of(left, threads);
                right = map.ApplyTransposed(left);
                best = TripletsOfRows.Of(left, right, width, threads);
            }

            double gain = best.Energy(rank) - before;
            if (gain <= Enough * Math.Max(0, total - best.Energy(rank)) || gain <= 1e-9 * total)
            {
                break;
            }
        }

        if (energy is null)
        {
            total = EnergyFrom(probed, best.Left, best);
        }

        return new TruncatedUpdate(best, total, Estimated: energy is null, startImages, method);
    }

    private static Matrix Start(Matrix warmStart, double[] lengths, int width, int probes, SeededRandom random)
    {
        int inputs = warmStart.Columns;
        var start = new Matrix(width + probes, inputs);
        // Rows of the warm start are brought to unit length, so that the random directions weigh neither more nor less.
        int warm = Math.Min(warmStart.Rows, width);
        for (int i = 0; i < warm; i++)
        {
            Copy(warmStart.Row(i), lengths[i] > 0 ? 1 / lengths[i] : 0, start.Row(i));
        }

        double length = 1 / Math.Sqrt(inputs);
        for (int i = warm; i < width; i++)
        {
            foreach (ref float value in start.Row(i))
            {
                value = (float)(random.NextGaussian() * length);
            }
        }

        for (int i = width; i < width + probes; i++)
        {
            Span<float> row = start.Row(i);
            ulong bits = 0;
            for (int j = 0; j < row.Length; j++)
            {
                bits = j % 64 == 0 ? random.NextUInt64() : bits >> 1;
                row[j] = (bits & 1) == 0 ? 1 : -1;
            }
        }

        return start;
    }

    // ‖T‖² = ‖QᵀT‖² + ‖(I − QᵀQ)T‖², and for random signs ω the mean of ‖(I − QᵀQ)Tω‖² is the second term.
    private static double EnergyFrom(Matrix probed, Matrix basis, SingularTriplets inside)
    {
        Matrix images = Rows(probed, probed.Rows - Probes, probed.Rows);
        DoubleMatrix along = Gram.OfRows(images, basis);
        double outside = 0;
        for (int i = 0; i < images.Rows; i++)
        {
            double whole = Widening.Dot(images.Row(i), images.Row(i));
            double part = 0;
            foreach (double value in along.Row(i))
            {
                part += value * value;
            }

            outside += Math.Max(0, whole - part);
        }

        return inside.Energy(inside.Count) + (outside / images.Rows);
    }

    private static Matrix ImagesOf(Matrix probed, double[] lengths)
    {
        var images = new Matrix(lengths.Length, probed.Columns);
        for (int i = 0; i < lengths.Length; i++)
        {
            Copy(probed.Row(i), lengths[i], images.Row(i));
        }

        return images;
    }

    private static void Copy(ReadOnlySpan<float> from, double factor, Span<float> to)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = (float)(from[i] * factor);
        }
    }

    private static SingularTriplets Swapped(SingularTriplets triplets) => new(triplets.Right, triplets.Sigma, triplets.Left);

    private static Matrix Rows(Matrix matrix, int from, int to) =>
        new(to - from, matrix.Columns, matrix.Values[(from * matrix.Columns)..(to * matrix.Columns)].ToArray());
}
