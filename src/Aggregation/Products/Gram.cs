using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Inner products of rows or columns of single-precision matrices, summed in double precision.</summary>
internal static class Gram
{
    /// <summary>X·Xᵀ [l × l] of X [l × n].</summary>
    public static DoubleMatrix OfRows(Matrix x)
    {
        var gram = new DoubleMatrix(x.Rows, x.Rows);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                gram[i, j] = gram[j, i] = Widening.Dot(x.Row(i), x.Row(j));
            }
        }

        return gram;
    }

    /// <summary>X·Yᵀ [l × m] of X [l × n] and Y [m × n].</summary>
    public static DoubleMatrix OfRows(Matrix x, Matrix y)
    {
        var gram = new DoubleMatrix(x.Rows, y.Rows);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < y.Rows; j++)
            {
                gram[i, j] = Widening.Dot(x.Row(i), y.Row(j));
            }
        }

        return gram;
    }

    /// <summary>Xᵀ·X [l × l] of X [n × l].</summary>
    public static DoubleMatrix OfColumns(Matrix x) => OfRows(Transposition.Of(x));

    /// <summary>Xᵀ·Y [l × m] of X [n × l] and Y [n × m].</summary>
    public static DoubleMatrix OfColumns(Matrix x, Matrix y) => OfRows(Transposition.Of(x), Transposition.Of(y));
}
