using System.Numerics.Tensors;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Algebra;

/// <summary>A small dense double-precision matrix [rows × columns], stored row by row: the r×r algebra between single-precision factors.</summary>
internal sealed class DoubleMatrix(int rows, int columns, double[] values)
{
    public DoubleMatrix(int rows, int columns)
        : this(rows, columns, new double[rows * columns])
    {
    }

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public double[] Values { get; } = values;

    public double this[int row, int column]
    {
        get => Values[(row * Columns) + column];
        set => Values[(row * Columns) + column] = value;
    }

    public Span<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    public static DoubleMatrix Identity(int size)
    {
        var identity = new DoubleMatrix(size, size);
        for (int i = 0; i < size; i++)
        {
            identity[i, i] = 1;
        }

        return identity;
    }

    public static DoubleMatrix From(Matrix source)
    {
        var result = new DoubleMatrix(source.Rows, source.Columns);
        TensorPrimitives.ConvertTruncating<float, double>(source.Values, result.Values);
        return result;
    }

    public Matrix ToSingles()
    {
        var result = new Matrix(Rows, Columns);
        TensorPrimitives.ConvertTruncating<double, float>(Values, result.Values);
        return result;
    }

    public DoubleMatrix Clone() => new(Rows, Columns, (double[])Values.Clone());

    public DoubleMatrix Transpose()
    {
        var result = new DoubleMatrix(Columns, Rows);
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                result[j, i] = this[i, j];
            }
        }

        return result;
    }

    public DoubleMatrix FirstRows(int count) => new(count, Columns, Values[..(count * Columns)]);

    public DoubleMatrix FirstColumns(int count)
    {
        var result = new DoubleMatrix(Rows, count);
        for (int i = 0; i < Rows; i++)
        {
            Row(i)[..count].CopyTo(result.Row(i));
        }

        return result;
    }

    /// <summary>this [m×k] · other [k×n].</summary>
    public DoubleMatrix Times(DoubleMatrix other)
    {
        var result = new DoubleMatrix(Rows, other.Columns);
        for (int i = 0; i < Rows; i++)
        {
            Span<double> row = result.Row(i);
            for (int j = 0; j < Columns; j++)
            {
                TensorPrimitives.MultiplyAdd(other.Row(j), this[i, j], row, row);
            }
        }

        return result;
    }

    /// <summary>this [m×k] · otherᵀ with other [n×k].</summary>
    public DoubleMatrix TimesTransposed(DoubleMatrix other)
    {
        var result = new DoubleMatrix(Rows, other.Rows);
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < other.Rows; j++)
            {
                result[i, j] = TensorPrimitives.Dot<double>(Row(i), other.Row(j));
            }
        }

        return result;
    }

    /// <summary>Σᵢⱼ thisᵢⱼ·otherᵢⱼ of two matrices of one shape.</summary>
    public double InnerProduct(DoubleMatrix other) => TensorPrimitives.Dot<double>(Values, other.Values);

    public double Trace()
    {
        double sum = 0;
        for (int i = 0; i < Math.Min(Rows, Columns); i++)
        {
            sum += this[i, i];
        }

        return sum;
    }
}
