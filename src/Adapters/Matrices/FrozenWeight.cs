using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeFlora.Adapters.Matrices.Kernels;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Matrices;

/// <summary>
/// A matrix [rows × columns] that is only read, in the type it is stored in: single precision, half, bfloat16, 8-bit whole numbers with one scale
/// a row,
/// or 4-bit codes with one scale for 64 values. Products widen it while they copy panels of it, so it never takes the four bytes a value of single
/// precision. Immutable.
/// </summary>
public sealed class FrozenWeight
{
    private const int Levels = 127;

    private readonly ReadOnlyMemory<float> singles;
    private readonly ReadOnlyMemory<byte> narrow;
    private readonly float[] scales;

    private FrozenWeight(TensorType type, int rows, int columns, ReadOnlyMemory<float> singles, ReadOnlyMemory<byte> narrow, float[] scales)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        long held = singles.Length + (narrow.Length / type.Bytes());
        long due = type == TensorType.U8 ? rows * (Padded(columns) / 2) : (long)rows * columns;
        if (held != due)
        {
            throw new ArgumentException(
                $"A [{rows}×{columns}] matrix has {due} {(type == TensorType.U8 ? "pairs" : "values")}, not {held}.", nameof(rows));
        }

        (Type, Rows, Columns) = (type, rows, columns);
        (this.singles, this.narrow, this.scales) = (singles, narrow, scales);
    }

    /// <summary>A matrix in single precision; the values are not copied.</summary>
    /// <exception cref="ArgumentException">The number of values is not rows × columns.</exception>
    public FrozenWeight(int rows, int columns, ReadOnlyMemory<float> values)
        : this(TensorType.F32, rows, columns, values, default, [])
    {
    }

    /// <summary>F32, F16, BF16, I8, or U8 for two 4-bit codes a byte.</summary>
    public TensorType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Number of values.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>Bytes that the values take, scales included.</summary>
    public long Bytes => (Type == TensorType.U8 ? narrow.Length : Length * Type.Bytes()) + (sizeof(float) * (long)scales.Length);

    /// <summary>All values row by row, where they are held in single precision.</summary>
    /// <exception cref="InvalidOperationException">They are held in another type; <see cref="Read"/> widens them.</exception>
    public ReadOnlyMemory<float> Singles => Type == TensorType.F32
        ? singles
        : throw new InvalidOperationException($"The weight [{Rows}×{Columns}] is held as {Type.Name()}, not in single precision; read it widened.");

    /// <summary>A matrix in half precision or bfloat16; the bytes, little-endian and aligned to two, are not copied.</summary>
    /// <param name="type">F16 or BF16.</param>
    /// <exception cref="ArgumentException">The type is another one, or the number of values is not rows × columns.</exception>
    public static FrozenWeight Narrow(TensorType type, int rows, int columns, ReadOnlyMemory<byte> bytes) => type is TensorType.F16 or TensorType.BF16
        ? new FrozenWeight(type, rows, columns, default, bytes, [])
        : throw new ArgumentException($"A narrow weight is F16 or BF16, not {type.Name()}.", nameof(type));

    /// <summary>
    /// The matrix rounded to whole numbers from −127 to 127 times one scale a row, which is the row's largest magnitude / 127: one byte a value
    /// instead of two or four. A value moves by at most half its row's scale.
    /// </summary>
    /// <remarks>
    /// Weights only, products stay in single precision: "absmax" quantisation by vectors of arXiv 2208.07339, without its treatment of outliers among
    /// the inputs, which are not rounded here.
    /// </remarks>
    public FrozenWeight Quantise()
    {
        byte[] codes = new byte[Length];
        float[] rowScales = new float[Rows];
        float[] row = new float[Columns];
        for (int r = 0; r < Rows; r++)
        {
            Read((long)r * Columns, row);
            float scale = Columns == 0 ? 0 : MathF.Abs(TensorPrimitives.MaxMagnitude(row)) / Levels;
            rowScales[r] = scale;
            Span<sbyte> target = MemoryMarshal.Cast<byte, sbyte>(codes.AsSpan()).Slice(r * Columns, Columns);
            for (int c = 0; c < row.Length && scale > 0; c++)
            {
                // The clamp is for scales so small that they have few digits themselves.
                target[c] = (sbyte)Math.Clamp(MathF.Round(row[c] / scale), -Levels, Levels);
            }
        }

        return new FrozenWeight(TensorType.I8, Rows, Columns, default, codes, rowScales);
    }

    /// <summary>
    /// The matrix rounded to NF4 (arXiv 2305.14314): for every 64 values of a row, one scale and a 4-bit code each, 0.56 bytes a value. A value
    /// moves by
    /// at most 0.152 of its block's largest magnitude.
    /// </summary>
    /// <remarks>Rows are filled up to whole blocks, so a matrix of few columns takes more.</remarks>
    public FrozenWeight ToNormalFloats()
    {
        const int Block = NormalFloats.BlockLength;
        long width = Padded(Columns);
        byte[] codes = new byte[checked(Rows * width / 2)];
        float[] blockScales = new float[checked(Rows * width / Block)];
        float[] row = new float[Columns];
        for (int r = 0; r < Rows; r++)
        {
            Read((long)r * Columns, row);
            for (int c = 0; c < Columns; c += Block)
            {
                int first = (int)((r * width) + c);
                blockScales[first / Block] = NormalFloats.Round(row.AsSpan(c, Math.Min(Block, Columns - c)), codes.AsSpan(first / 2, Block / 2));
            }
        }

        return new FrozenWeight(TensorType.U8, Rows, Columns, default, codes, blockScales);
    }

    /// <summary>
    /// The matrix rounded to bfloat16: two bytes a value. A value moves by at most 2⁻⁸ of itself; the largest that bfloat16 has takes the place of
    /// what lies beyond it.
    /// </summary>
    public FrozenWeight ToBfloat16()
    {
        byte[] bytes = new byte[checked((int)(2 * Length))];
        float[] row = new float[Columns];
        float largest = SinglePrecision.Largest(TensorType.BF16);
        for (int r = 0; r < Rows; r++)
        {
            Read((long)r * Columns, row);
            TensorPrimitives.Clamp(row, -largest, largest, row);
            SinglePrecision.Narrow(TensorType.BF16, row, bytes.AsSpan(2 * r * Columns, 2 * Columns));
        }

        return Narrow(TensorType.BF16, Rows, Columns, bytes);
    }

    /// <summary>
    /// Fills <paramref name="destination"/> with the values from <paramref name="start"/> on, row by row, widened to single precision.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The values asked for lie outside the matrix.</exception>
    public unsafe void Read(long start, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - destination.Length);
        using Pinned pinned = Pin();
        while (!destination.IsEmpty)
        {
            (long row, long column) = Math.DivRem(start, Columns);
            int run = (int)Math.Min(destination.Length, Columns - column);
            pinned.Operand.Widen((nint)row, (nint)column, destination[..run]);
            destination = destination[run..];
            start += run;
        }
    }

    /// <summary>A copy of all values, row by row, widened to single precision.</summary>
    /// <exception cref="OverflowException">There are more than an array can hold.</exception>
    public float[] ToArray()
    {
        float[] values = new float[checked((int)Length)];
        Read(0, values);
        return values;
    }

    /// <summary>Columns filled up to whole blocks of 4-bit codes.</summary>
    private static long Padded(int columns) => ((long)columns + NormalFloats.BlockLength - 1) / NormalFloats.BlockLength * NormalFloats.BlockLength;

    /// <summary>The matrix by address, as kernels read it, for as long as it is not let go.</summary>
    internal unsafe Pinned Pin() => new(this);

    /// <summary>Keeps the values, and a mapped file they lie in, where they are.</summary>
    internal readonly unsafe struct Pinned : IDisposable
    {
        private readonly FrozenWeight weight;
        private readonly System.Buffers.MemoryHandle values;
        private readonly System.Buffers.MemoryHandle scales;

        public Pinned(FrozenWeight weight)
        {
            this.weight = weight;
            values = weight.Type == TensorType.F32 ? weight.singles.Pin() : weight.narrow.Pin();
            scales = new ReadOnlyMemory<float>(weight.scales).Pin();
            Operand = weight.Type == TensorType.U8
                ? new Operand(values.Pointer, weight.Type, (nint)Padded(weight.Columns), 1, (float*)scales.Pointer)
                : new Operand(values.Pointer, weight.Type, weight.Columns, 1, (float*)scales.Pointer, 1, 0);
        }

        public Operand Operand { get; }

        public void Dispose()
        {
            values.Dispose();
            scales.Dispose();
            GC.KeepAlive(weight);
        }
    }
}
