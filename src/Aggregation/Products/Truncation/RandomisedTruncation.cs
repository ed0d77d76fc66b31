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
        Matrix start = Start(warmStart, lengths, width, probes, random);
        VectorBlock images = map.Apply(new VectorBlock(start), ahead: width);
        MatrixPool.Return(start);
        Matrix startImages = ImagesOf(images.Rows, lengths);
        VectorBlock first = images.First(width);
        VectorBlock left = RowBasis.Of(first, threads);
        first.Release();
        VectorBlock right = map.ApplyTransposed(left, ahead: left.Count);
        var found = new TripletsOfRows(left, right, threads);
        double total = energy ?? EnergyFrom(images.Rows, left.Rows, found.Energy(found.Count));
        bool swapped = false;
        for (int step = 0; step < MaxSteps && found.Count > 0; step++)
        {
            double before = found.Energy(rank);
            swapped = step % 2 == 0;
            (left, right) = swapped ? Step(left, right, vectors => map.Apply(vectors), threads) : Swap(Step(right, left, vectors => map.ApplyTransposed(vectors), threads));
            found = swapped ? new TripletsOfRows(right, left, threads) : new TripletsOfRows(left, right, threads);
            double gain = found.Energy(rank) - before;
            if (gain <= Enough * Math.Max(0, total - found.Energy(rank)) || gain <= 1e-9 * total)
            {
                break;
            }
        }

        SingularTriplets best = found.All(threads);
        best = swapped ? new SingularTriplets(best.Right, best.Sigma, best.Left) : best;
        if (energy is null)
        {
            total = EnergyFrom(images.Rows, best.Left, best.Energy(best.Count));
        }

        images.Release();
        left.Release();
        right.Release();
        return new TruncatedUpdate(best, total, Estimated: energy is null, startImages, method);
    }

    // The images become a basis, and the basis new images; both of the last step are given back.
    private static (VectorBlock Images, VectorBlock Basis) Step(VectorBlock last, VectorBlock images, Func<VectorBlock, VectorBlock> apply, int threads)
    {
        VectorBlock basis = RowBasis.Of(images, threads);
        VectorBlock next = apply(basis);
        last.Release();
        images.Release();
        return (next, basis);
    }

    private static (VectorBlock, VectorBlock) Swap((VectorBlock X, VectorBlock Y) pair) => (pair.Y, pair.X);

    private static Matrix Start(Matrix warmStart, double[] lengths, int width, int probes, SeededRandom random)
    {
        int inputs = warmStart.Columns;
        Matrix start = MatrixPool.Rent(width + probes, inputs);
        // Rows of the warm start are brought to unit length, so that the random directions weigh neither more nor less.
        int warm = Math.Min(warmStart.Rows, width);
        for (int i = 0; i < warm; i++)
        {
            Copy(warmStart.Row(i), lengths[i] > 0 ? 1 / lengths[i] : 0, start.Row(i));
        }

        // Signs for both: as start directions of the same length as the warm ones, as probes of entries ±1.
        float length = (float)(1 / Math.Sqrt(inputs));
        for (int i = warm; i < width + probes; i++)
        {
            Span<float> row = start.Row(i);
            float entry = i < width ? length : 1;
            for (int from = 0; from < row.Length; from += 64)
            {
                ulong bits = random.NextUInt64();
                foreach (ref float value in row.Slice(from, Math.Min(64, row.Length - from)))
                {
                    value = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(entry) | ((uint)(bits & 1) << 31));
                    bits >>= 1;
                }
            }
        }

        return start;
    }

    // ‖T‖² = ‖QᵀT‖² + ‖(I − QᵀQ)T‖², and for random signs ω the mean of ‖(I − QᵀQ)Tω‖² is the second term.
    private static double EnergyFrom(Matrix probed, Matrix basis, double inside)
    {
        double outside = 0;
        for (int i = probed.Rows - Probes; i < probed.Rows; i++)
        {
            double part = Widening.Dot(probed.Row(i), probed.Row(i));
            for (int j = 0; j < basis.Rows; j++)
            {
                double along = Widening.Dot(probed.Row(i), basis.Row(j));
                part -= along * along;
            }

            outside += Math.Max(0, part);
        }

        return inside + (outside / Probes);
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
}
