using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products.Blocks;

/// <summary>F = [B₁ … B_U]ᵀ; blocks and images lie across, [columns × Σr] and [columns × width], as rows of B side by side.</summary>
internal sealed class RowsOfB(LoraFactors[] entries) : FactorRows(entries)
{
    public override int Length => Entries[0].Outputs;

    public override Matrix Project(Matrix vectors, int threads)
    {
        int width = vectors.Rows;
        Matrix across = Transposition.Of(vectors);
        Matrix projections = MatrixPool.Rent(Count, width);
        Parallel.For(0, EntryCount, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            Matrix b = Entries[i].B;
            MatrixProduct.Multiply(
                b.Columns, width, b.Rows, b.Values, b.Columns, true, across.Values, width, false, projections.Values[(FirstRow(i) * width)..], width);
        });
        MatrixPool.Return(across);
        return projections;
    }

    public override void Read(int from, int columns, Span<float> block)
    {
        for (int i = 0; i < EntryCount; i++)
        {
            Matrix b = Entries[i].B;
            Matrix next = Entries[Math.Min(i + EntriesAhead, EntryCount - 1)].B;
            BlockCopy.Rows(
                b.Values[(from * b.Columns)..], b.Columns, block[FirstRow(i)..], Count, columns, b.Columns, next.Values[(from * next.Columns)..]);
        }
    }

    public override void Combine(ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> mixes, int width, Span<float> image) =>
        MatrixProduct.Multiply(columns, width, Count, block, Count, false, mixes, width, false, image, width);

    public override void Sum(ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> factors, Span<float> image)
    {
        int rank = image.Length / columns;
        for (int column = 0; column < columns; column++)
        {
            ScaledSum.Of(block.Slice(column * Count, Count), rank, factors, image.Slice(column * rank, rank));
        }
    }

    public override void Project(
        ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> image, int width, int projected, Span<float> projections) =>
        MatrixProduct.Multiply(Count, projected, columns, block, Count, true, image, width, false, projections, projected, accumulate: true);

    public override void Write(ReadOnlySpan<float> image, int columns, Matrix sum, int from, bool add) =>
        Transposition.Into(image, columns, sum.Rows, sum.Values[from..], sum.Columns, add);

    public override void Turn(ReadOnlySpan<float> block, int columns, int entry, ReadOnlySpan<float> root, Span<float> target)
    {
        int rank = Entries[entry].Rank;
        MatrixProduct.Multiply(columns, rank, rank, block[FirstRow(entry)..], Count, false, root, rank, false, target, rank);
    }
}
