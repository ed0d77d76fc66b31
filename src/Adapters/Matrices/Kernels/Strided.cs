namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>A matrix in memory: the value at (row, column) lies at row · <see cref="RowStride"/> + column · <see cref="ColumnStride"/>.</summary>
internal readonly unsafe struct Strided(float* values, nint rowStride, nint columnStride)
{
    public float* Values { get; } = values;

    public nint RowStride { get; } = rowStride;

    public nint ColumnStride { get; } = columnStride;

    /// <summary>The same values with rows and columns exchanged; nothing moves.</summary>
    public Strided Transposed => new(Values, ColumnStride, RowStride);

    public Strided From(nint row, nint column) => new(At(row, column), RowStride, ColumnStride);

    public float* At(nint row, nint column) => Values + (row * RowStride) + (column * ColumnStride);
}
