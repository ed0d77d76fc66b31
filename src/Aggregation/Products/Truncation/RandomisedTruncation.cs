using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products.Truncation;

/// <summary>
/// Leading triplets by subspace iteration with a warm start and oversampling (Halko, Martinsson, Tropp 2011), each step one product with T or Tᵀ.
/// </summary>
/// <remarks>
/// The error of the subspace falls by (σ_{l+1}/σ_r) with each step. It stops when a step gains less than <see cref="Enough"/> of the remaining error;
/// the energy outside the subspace is estimated by <see cref="ProbedEnergy"/> where it is not known.
/// </remarks>
internal static class RandomisedTruncation
{
    // Least number of random directions beyond the wanted rank, and what the width is then rounded up to: the kernels' own width.
    private const int Oversampling = 8;
    private const int WidthStep = 16;

    // A gain of 0.2 % of the squared error is 0.1 % of the error; later steps gain less still.
    private const double Enough = 0.002;
    private const int MaxSteps = 24;

    /// <summary>Vectors iterated on for a wanted rank.</summary>
    public static int WidthFor(int rank) => (rank + Oversampling + WidthStep - 1) / WidthStep * WidthStep;

    /// <param name="map">T, or T in some unit.</param>
    /// <param name="warmStart">Vectors [w × inputs] near the wanted right space, the mean of A; w ≤ <paramref name="rank"/>.</param>
    /// <param name="rank">Triplets wanted; ≥ 1.</param>
    /// <param name="energy">‖map‖² where it is known, else null.</param>
    public static TruncatedUpdate Of(
        ILinearMap map, Matrix warmStart, int rank, double? energy, SeededRandom random, int threads, TruncationMethod method)
    {
        int width = Math.Min(WidthFor(rank), Math.Min(map.Outputs, map.Inputs));
        int probes = energy is null ? ProbedEnergy.First : 0;
        double[] lengths = [.. Enumerable.Range(0, warmStart.Rows).Select(i => Math.Sqrt(Widening.Dot(warmStart.Row(i), warmStart.Row(i))))];
        Matrix start = Start(warmStart, lengths, width, probes, random);
        VectorBlock images = map.Apply(new VectorBlock(start), ahead: width);
        MatrixPool.Return(start);
        // Of a start with more rows than the map has dimensions the last ones were not applied.
        Matrix? startImages = lengths.Length <= width ? ImagesOf(images.Rows, lengths) : null;
        VectorBlock first = images.First(width);
        VectorBlock left = RowBasis.Of(first, threads);
        first.Release();
        VectorBlock right = map.ApplyTransposed(left, ahead: left.Count);
        var found = new TripletsOfRows(left, right, threads);
        (double total, double margin) = energy is { } known ? (known, 0) : TotalEnergy(map, images.Rows, left.Rows, found, rank, random, threads);
        MatrixPool.Return(images.Rows);
        bool swapped = false;
        for (int step = 0; step < MaxSteps && found.Count > 0; step++)
        {
            double before = found.Energy(rank);
            swapped = step % 2 == 0;
            (left, right) = swapped
                ? Step(left, right, vectors => map.Apply(vectors), threads)
                : Swap(Step(right, left, vectors => map.ApplyTransposed(vectors), threads));
            found = swapped ? new TripletsOfRows(right, left, threads) : new TripletsOfRows(left, right, threads);
            double gain = found.Energy(rank) - before;
            if (gain <= Enough * Math.Max(0, total - found.Energy(rank)) || gain <= 1e-9 * total)
            {
                break;
            }
        }

        SingularTriplets best = found.All(threads);
        best = swapped ? new SingularTriplets(best.Right, best.Sigma, best.Left) : best;
        left.Release();
        right.Release();
        return new TruncatedUpdate(best, total, margin, Estimated: energy is null, startImages, method);
    }

    // The images become a basis, and the basis new images; both of the last step are given back.
    private static (VectorBlock Images, VectorBlock Basis) Step(
        VectorBlock last, VectorBlock images, Func<VectorBlock, VectorBlock> apply, int threads)
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
            Widening.Scale(warmStart.Row(i), lengths[i] > 0 ? 1 / lengths[i] : 0, start.Row(i));
        }

        // Signs for both: as start directions of the same length as the warm ones, as probes of entries ±1.
        float length = (float)(1 / Math.Sqrt(inputs));
        for (int i = warm; i < width + probes; i++)
        {
            ProbedEnergy.Fill(start.Row(i), i < width ? length : 1, random);
        }

        return start;
    }

    // ‖T‖² = ‖QᵀT‖² + ‖(I − QᵀQ)T‖², both for the same Q: a later, better space with the images of an earlier one would come out too small.
    private static (double Total, double Margin) TotalEnergy(
        ILinearMap map, Matrix images, Matrix basis, TripletsOfRows inside, int rank, SeededRandom random, int threads)
    {
        var outside = new ProbedEnergy();
        outside.Add(images, ProbedEnergy.First, basis, threads);
        double within = inside.Energy(inside.Count);
        while (outside.WantsMore(within + outside.Energy - inside.Energy(rank), within + outside.Energy))
        {
            outside.Add(MoreImages(map, random), ProbedEnergy.More, basis, threads);
        }

        return (within + outside.Energy, outside.Margin);
    }

    private static Matrix MoreImages(ILinearMap map, SeededRandom random)
    {
        var signs = new Matrix(ProbedEnergy.More, map.Inputs);
        for (int i = 0; i < signs.Rows; i++)
        {
            ProbedEnergy.Fill(signs.Row(i), 1, random);
        }

        return map.Apply(new VectorBlock(signs)).Rows;
    }

    private static Matrix ImagesOf(Matrix probed, double[] lengths)
    {
        Matrix images = MatrixPool.Rent(lengths.Length, probed.Columns);
        for (int i = 0; i < lengths.Length; i++)
        {
            Widening.Scale(probed.Row(i), lengths[i], images.Row(i));
        }

        return images;
    }
}
