using System.Buffers;
using System.Numerics.Tensors;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products.Blocks;

/// <summary>Products with all entries' factors in one reading of them.</summary>
/// <remarks>
/// Columns are cut into slices that several threads take, a slice into blocks. Slices and blocks depend on the shape alone, every slice sums on its
/// own and the sums are added in order: the result has the same bits for any number of threads. Memory is a block a thread and <see cref="Slices"/>
/// sets of projections.
/// </remarks>
internal sealed class FactorSweep
{
    private const int MostSlices = 8;
    private const int SliceColumns = 512;
    private const long MostProjections = 1L << 24;

    // A block of this many values (400 kB) leaves room in the second-level cache for what it is multiplied with.
    private const int BlockValues = 102_400;
    private const int ColumnStep = 16;
    private const int MostColumns = 128;

    private readonly FactorRows rows;
    private readonly ParallelOptions parallel;
    private readonly int blockColumns;

    /// <param name="width">Most projections a sweep makes of each row; bounds the number of slices.</param>
    public FactorSweep(FactorRows rows, int width, int threads)
    {
        this.rows = rows;
        parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        blockColumns = Math.Clamp(BlockValues / rows.Count / ColumnStep * ColumnStep, ColumnStep, MostColumns);
        long affordable = MostProjections / Math.Max(1, (long)rows.Count * width);
        Slices = (int)Math.Clamp(Math.Min((rows.Length + SliceColumns - 1) / SliceColumns, affordable), 1, MostSlices);
    }

    /// <summary>Parts that sum on their own.</summary>
    public int Slices { get; }

    /// <summary>Most columns of a block.</summary>
    public int BlockColumns => blockColumns;

    /// <summary>
    /// Adds Mᵀ·F [width × length] to <paramref name="sum"/>, or writes it there; and the projections F·Yᵀ of its first rows Y in the same reading.
    /// </summary>
    /// <param name="mixes">M [Σr × width].</param>
    /// <param name="projected">How many rows are projected.</param>
    /// <returns>F·Yᵀ [Σr × projected], null for none.</returns>
    public Matrix? Combine(Matrix mixes, Matrix sum, bool add, int projected = 0, BlockVisitor? visit = null) =>
        Combine(
            (block, columns, image) => rows.Combine(block, columns, mixes.Values, mixes.Columns, image), mixes.Columns, sum, add, projected, visit);

    /// <summary>
    /// Writes Σᵤ xᵤ·Fᵤ [rank × length] to <paramref name="sum"/>, and the projections on its rows in the same reading; all entries are of one rank.
    /// </summary>
    /// <param name="factors">xᵤ, one for each entry.</param>
    /// <returns>F·sumᵀ [Σr × rank].</returns>
    public Matrix Sum(float[] factors, Matrix sum) =>
        Combine((block, columns, image) => rows.Sum(block, columns, factors, image), sum.Rows, sum, add: false, sum.Rows, visit: null)!;

    private Matrix? Combine(ImageMaker make, int width, Matrix sum, bool add, int projected, BlockVisitor? visit)
    {
        float[][] sums = projected > 0 ? Partials(projected) : [];
        Run((slice, from, columns, block) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(width * columns);
            Span<float> image = rented.AsSpan(0, width * columns);
            make(block, columns, image);
            rows.Write(image, columns, sum, from, add);
            if (projected > 0)
            {
                rows.Project(block, columns, image, width, projected, sums[slice].AsSpan(0, rows.Count * projected));
            }

            ArrayPool<float>.Shared.Return(rented);
            visit?.Invoke(slice, block, columns);
        });
        return projected > 0 ? Total(sums, projected) : null;
    }

    private void Run(SliceVisitor visit) => Parallel.For(0, Slices, parallel, slice =>
    {
        int end = Boundary(slice + 1);
        float[] block = ArrayPool<float>.Shared.Rent(rows.Count * blockColumns);
        for (int from = Boundary(slice); from < end; from += blockColumns)
        {
            int columns = Math.Min(blockColumns, end - from);
            Span<float> values = block.AsSpan(0, rows.Count * columns);
            rows.Read(from, columns, values);
            visit(slice, from, columns, values);
        }

        ArrayPool<float>.Shared.Return(block);
    });

    // Whole blocks, shared out evenly.
    private int Boundary(int slice)
    {
        int blocks = (rows.Length + blockColumns - 1) / blockColumns;
        return (int)Math.Min(rows.Length, (long)blocks * slice / Slices * blockColumns);
    }

    private float[][] Partials(int width)
    {
        float[][] partials = new float[Slices][];
        for (int slice = 0; slice < Slices; slice++)
        {
            partials[slice] = ArrayPool<float>.Shared.Rent(rows.Count * width);
            partials[slice].AsSpan(0, rows.Count * width).Clear();
        }

        return partials;
    }

    private Matrix Total(float[][] partials, int width)
    {
        Matrix sum = MatrixPool.Rent(rows.Count, width);
        partials[0].AsSpan(0, sum.Values.Length).CopyTo(sum.Values);
        for (int slice = 1; slice < partials.Length; slice++)
        {
            TensorPrimitives.Add(sum.Values, partials[slice].AsSpan(0, sum.Values.Length), sum.Values);
        }

        foreach (float[] partial in partials)
        {
            ArrayPool<float>.Shared.Return(partial);
        }

        return sum;
    }

    private delegate void ImageMaker(ReadOnlySpan<float> block, int columns, Span<float> image);

    private delegate void SliceVisitor(int slice, int from, int columns, ReadOnlySpan<float> block);
}
