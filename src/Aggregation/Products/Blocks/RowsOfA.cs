using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Products.Blocks;

/// <summary>F = [A₁; …; A_U]; blocks and images lie as F does, [Σr × columns] and [width × columns].</summary>
internal sealed class RowsOfA(LoraFactors[] entries) : FactorRows(entries)
{
    public override int Length => Entries[0].Inputs;

    public override Matrix Project(Matrix vectors, int threads)
    {
        int width = vectors.Rows;
        // One vector a column: the kernels then read both operands as they lie.
        Matrix across = Transposition.Of(vectors);
        Matrix projections = MatrixPool.Rent(Count, width);
        Parallel.For(0, EntryCount, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            Matrix a = Entries[i].A;
            MatrixProduct.Multiply(
                a.Rows,
                width,
                a.Columns,
                a.Values,
                a.Columns,
                false,
                across.Values,
                width,
                false,
                projections.Values[(FirstRow(i) * width)..],
                width);
        });
        MatrixPool.Return(across);
        return projections;
    }

    public override void Read(int from, int columns, Span<float> block)
    {
        for (int i = 0; i < EntryCount; i++)
        {
            Matrix a = Entries[i].A;
            ReadOnlySpan<float> next = Entries[Math.Min(i + EntriesAhead, EntryCount - 1)].A.Values[from..];
            BlockCopy.Rows(a.Values[from..], a.Columns, block[(FirstRow(i) * columns)..], columns, a.Rows, columns, next);
        }
    }

    public override void Combine(ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> mixes, int width, Span<float> image) =>
        MatrixProduct.Multiply(width, columns, Count, mixes, width, true, block, columns, false, image, columns);

    public override void Sum(ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> factors, Span<float> image) =>
        ScaledSum.Of(block, image.Length, factors, image);

    public override void Project(
        ReadOnlySpan<float> block, int columns, ReadOnlySpan<float> image, int width, int projected, Span<float> projections) =>
        MatrixProduct.Multiply(Count, projected, columns, block, columns, false, image, columns, true, projections, projected, accumulate: true);

    public override void Write(ReadOnlySpan<float> image, int columns, Matrix sum, int from, bool add)
    {
        for (int row = 0; row < sum.Rows; row++)
        {
            ReadOnlySpan<float> values = image.Slice(row * columns, columns);
            Span<float> target = sum.Row(row).Slice(from, columns);
            if (add)
            {
                TensorPrimitives.Add(target, values, target);
            }
            else
            {
                values.CopyTo(target);
            }
        }
    }

    public override void Turn(ReadOnlySpan<float> block, int columns, int entry, ReadOnlySpan<float> root, Span<float> target)
    {
        int rank = Entries[entry].Rank;
        MatrixProduct.Multiply(rank, columns, rank, root, rank, true, block[(FirstRow(entry) * columns)..], columns, false, target, columns);
    }
}
