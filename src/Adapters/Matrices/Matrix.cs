namespace EdgeFlora.Adapters.Matrices;

/// <summary>A dense single-precision matrix [rows × columns], stored row by row without gaps.</summary>
public sealed class Matrix
{
    private readonly float[] values;

    /// <summary>A matrix of zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative, or the product exceeds <see cref="Array.MaxLength"/>.</exception>
    public Matrix(int rows, int columns)
        : this(rows, columns, new float[CheckedLength(rows, columns)])
    {
    }

    /// <summary>Takes over <paramref name="values"/>, row by row; it is not copied.</summary>
    /// <exception cref="ArgumentException">The number of values is not rows × columns.</exception>
    public Matrix(int rows, int columns, float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != CheckedLength(rows, columns))
        {
            throw new ArgumentException($"A [{rows}×{columns}] matrix has {(long)rows * columns} values, not {values.Length}.", nameof(values));
        }

        Rows = rows;
        Columns = columns;
        this.values = values;
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>All values, row by row.</summary>
    public Span<float> Values => values;

    /// <summary>All values, row by row, for use across threads and awaits.</summary>
    public Memory<float> Memory => values;

    public float this[int row, int column]
    {
        get => values[(row * Columns) + column];
        set => values[(row * Columns) + column] = value;
    }

    public Span<float> Row(int row) => values.AsSpan(row * Columns, Columns);

    public Matrix Clone() => new(Rows, Columns, (float[])values.Clone());

    private static int CheckedLength(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)rows * columns, Array.MaxLength, nameof(rows));
        return rows * columns;
    }
}
