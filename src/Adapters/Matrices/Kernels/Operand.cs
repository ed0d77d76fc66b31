using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>
/// A factor of a product in memory, in its own number type: the value at (row, column) lies row · <see cref="RowStride"/> + column ·
/// <see cref="ColumnStride"/> elements from the first; whole numbers are multiplied by the scale that is as far along its own strides.
/// 4-bit codes (U8) are counted from <paramref name="start"/>, for an address cannot point at half a byte.
/// </summary>
internal readonly unsafe struct Operand(
    void* values, TensorType type, nint rowStride, nint columnStride, float* scales = null, nint scaleRowStride = 0, nint scaleColumnStride = 0,
    nint start = 0)
{
    public Operand(Strided singles)
        : this(singles.Values, TensorType.F32, singles.RowStride, singles.ColumnStride)
    {
    }

    public nint RowStride => rowStride;

    public nint ColumnStride => columnStride;

    /// <summary>Whether kernels can read it in place.</summary>
    public bool IsSingle => type == TensorType.F32;

    private bool IsFourBit => type == TensorType.U8;

    /// <summary>
    /// Whether values side by side in memory are those along the columns, and <see cref="Widen(nint, nint, Span{float})"/> reads them; else they
    /// are those
    /// along the rows.
    /// </summary>
    public bool LiesAlongColumns => columnStride == 1 && scaleColumnStride == 0;

    /// <summary>The same values where they are in single precision.</summary>
    public Strided Singles => new((float*)values, rowStride, columnStride);

    /// <summary>The same values with rows and columns exchanged; nothing moves.</summary>
    public Operand Transposed => new(values, type, columnStride, rowStride, scales, scaleColumnStride, scaleRowStride, start);

    public Operand From(nint row, nint column)
    {
        nint elements = (row * rowStride) + (column * columnStride);
        return IsFourBit
            ? new Operand(values, type, rowStride, columnStride, scales, 0, 0, start + elements)
            : new Operand(
                (byte*)values + (elements * type.Bytes()),
                type,
                rowStride,
                columnStride,
                scales + (row * scaleRowStride) + (column * scaleColumnStride),
                scaleRowStride,
                scaleColumnStride);
    }

    /// <summary>
    /// Fills <paramref name="target"/> with the values from (row, column) on in the direction in which they lie side by side, widened.
    /// </summary>
    public void Widen(nint row, nint column, Span<float> target)
    {
        Operand first = From(row, column);
        first.Widen(target);
    }

    private void Widen(Span<float> target)
    {
        if (IsFourBit)
        {
            NormalFloats.Widen((byte*)values, scales, start, target);
            return;
        }

        int bytes = checked(target.Length * type.Bytes());
        if (type == TensorType.I8)
        {
            WholeNumbers.Widen(new ReadOnlySpan<sbyte>(values, bytes), *scales, target);
            return;
        }

        SinglePrecision.Widen(type, new ReadOnlySpan<byte>(values, bytes), target);
    }
}
