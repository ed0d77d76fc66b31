using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Products;

/// <summary>Inner products of rows or columns of single-precision matrices, summed in double precision.</summary>
internal static class Gram
{
    // Columns that are widened at once: thirty-two rows of them stay in the cache.
    private const int PieceColumns = 512;
    private const int MostParts = 8;
    private const long WorthThreads = 1 << 20;
    private const int TileRows = 4;
    private const int TileColumns = 2;

    /// <summary>X·Xᵀ [l × l] of X [l × n].</summary>
    public static DoubleMatrix OfRows(Matrix x, int threads = 1)
    {
        DoubleMatrix gram = Sum(x, x, threads, lower: true);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < i; j++)
            {
                gram[j, i] = gram[i, j];
            }
        }

        return gram;
    }

    /// <summary>X·Yᵀ [l × m] of X [l × n] and Y [m × n].</summary>
    public static DoubleMatrix OfRows(Matrix x, Matrix y, int threads = 1) => Sum(x, y, threads, lower: false);

    /// <summary>Xᵀ·X [l × l] of X [n × l].</summary>
    public static DoubleMatrix OfColumns(Matrix x) => OfRows(Transposition.Of(x));

    /// <summary>Xᵀ·Y [l × m] of X [n × l] and Y [n × m].</summary>
    public static DoubleMatrix OfColumns(Matrix x, Matrix y) => OfRows(Transposition.Of(x), Transposition.Of(y));

    // Parts of the columns sum on their own and are added in order, so that the bits do not depend on the number of threads.
    private static DoubleMatrix Sum(Matrix x, Matrix y, int threads, bool lower)
    {
        int pieces = (x.Columns + PieceColumns - 1) / PieceColumns;
        int parts = Math.Clamp(pieces, 1, MostParts);
        var sums = new DoubleMatrix[parts];
        if (threads == 1 || (long)x.Rows * y.Rows * x.Columns < WorthThreads)
        {
            for (int part = 0; part < parts; part++)
            {
                sums[part] = SumOf(part);
            }
        }
        else
        {
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads }, part => sums[part] = SumOf(part));
        }

        for (int part = 1; part < parts; part++)
        {
            TensorPrimitives.Add(sums[0].Values, sums[part].Values, sums[0].Values);
        }

        return sums[0];

        DoubleMatrix SumOf(int part)
        {
            var sum = new DoubleMatrix(x.Rows, y.Rows);
            DoubleMatrix pieceX = RentPiece(x);
            DoubleMatrix pieceY = lower ? pieceX : RentPiece(y);
            for (int piece = pieces * part / parts; piece < pieces * (part + 1) / parts; piece++)
            {
                int from = piece * PieceColumns;
                int columns = Widen(x, from, pieceX);
                if (!lower)
                {
                    Widen(y, from, pieceY);
                }

                Add(pieceX, pieceY, columns, sum, lower);
            }

            ArrayPool<double>.Shared.Return(pieceX.Values);
            if (!lower)
            {
                ArrayPool<double>.Shared.Return(pieceY.Values);
            }

            return sum;
        }
    }

    private static DoubleMatrix RentPiece(Matrix x)
    {
        int columns = Math.Min(PieceColumns, x.Columns);
        return new DoubleMatrix(x.Rows, columns, ArrayPool<double>.Shared.Rent(x.Rows * columns));
    }

    private static int Widen(Matrix x, int from, DoubleMatrix piece)
    {
        int columns = Math.Min(piece.Columns, x.Columns - from);
        for (int i = 0; i < x.Rows; i++)
        {
            Widening.Copy(x.Row(i).Slice(from, columns), piece.Row(i));
        }

        return columns;
    }

    // Tiles of dot products share what they load. For a lower triangle, tiles that reach it are enough.
    private static void Add(DoubleMatrix x, DoubleMatrix y, int columns, DoubleMatrix gram, bool lower)
    {
        for (int i = 0; i < x.Rows; i += TileRows)
        {
            int limit = lower ? Math.Min(y.Rows, i + TileRows) : y.Rows;
            for (int j = 0; j < limit; j += TileColumns)
            {
                if (i + TileRows <= x.Rows && j + TileColumns <= y.Rows)
                {
                    AddTile(x, i, y, j, columns, gram);
                    continue;
                }

                for (int row = i; row < Math.Min(i + TileRows, x.Rows); row++)
                {
                    for (int column = j; column < Math.Min(j + TileColumns, y.Rows); column++)
                    {
                        gram[row, column] += TensorPrimitives.Dot<double>(x.Row(row)[..columns], y.Row(column)[..columns]);
                    }
                }
            }
        }
    }

    private static void AddTile(DoubleMatrix x, int i, DoubleMatrix y, int j, int columns, DoubleMatrix gram)
    {
        int whole = columns / Vector512<double>.Count;
        ReadOnlySpan<Vector512<double>> x0 = Vectors(x, i, whole);
        ReadOnlySpan<Vector512<double>> x1 = Vectors(x, i + 1, whole);
        ReadOnlySpan<Vector512<double>> x2 = Vectors(x, i + 2, whole);
        ReadOnlySpan<Vector512<double>> x3 = Vectors(x, i + 3, whole);
        ReadOnlySpan<Vector512<double>> y0 = Vectors(y, j, whole);
        ReadOnlySpan<Vector512<double>> y1 = Vectors(y, j + 1, whole);
        Vector512<double> sum00 = Vector512<double>.Zero, sum01 = Vector512<double>.Zero;
        Vector512<double> sum10 = Vector512<double>.Zero, sum11 = Vector512<double>.Zero;
        Vector512<double> sum20 = Vector512<double>.Zero, sum21 = Vector512<double>.Zero;
        Vector512<double> sum30 = Vector512<double>.Zero, sum31 = Vector512<double>.Zero;
        for (int k = 0; k < x0.Length; k++)
        {
            Vector512<double> first = y0[k];
            Vector512<double> second = y1[k];
            sum00 = Vector512.FusedMultiplyAdd(x0[k], first, sum00);
            sum01 = Vector512.FusedMultiplyAdd(x0[k], second, sum01);
            sum10 = Vector512.FusedMultiplyAdd(x1[k], first, sum10);
            sum11 = Vector512.FusedMultiplyAdd(x1[k], second, sum11);
            sum20 = Vector512.FusedMultiplyAdd(x2[k], first, sum20);
            sum21 = Vector512.FusedMultiplyAdd(x2[k], second, sum21);
            sum30 = Vector512.FusedMultiplyAdd(x3[k], first, sum30);
            sum31 = Vector512.FusedMultiplyAdd(x3[k], second, sum31);
        }

        gram[i, j] += Vector512.Sum(sum00) + Rest(x, i, y, j, columns);
        gram[i, j + 1] += Vector512.Sum(sum01) + Rest(x, i, y, j + 1, columns);
        gram[i + 1, j] += Vector512.Sum(sum10) + Rest(x, i + 1, y, j, columns);
        gram[i + 1, j + 1] += Vector512.Sum(sum11) + Rest(x, i + 1, y, j + 1, columns);
        gram[i + 2, j] += Vector512.Sum(sum20) + Rest(x, i + 2, y, j, columns);
        gram[i + 2, j + 1] += Vector512.Sum(sum21) + Rest(x, i + 2, y, j + 1, columns);
        gram[i + 3, j] += Vector512.Sum(sum30) + Rest(x, i + 3, y, j, columns);
        gram[i + 3, j + 1] += Vector512.Sum(sum31) + Rest(x, i + 3, y, j + 1, columns);
    }

    private static ReadOnlySpan<Vector512<double>> Vectors(DoubleMatrix matrix, int row, int count) =>
        MemoryMarshal.Cast<double, Vector512<double>>(matrix.Row(row))[..count];

    private static double Rest(DoubleMatrix x, int i, DoubleMatrix y, int j, int columns)
    {
        double sum = 0;
        for (int k = columns / Vector512<double>.Count * Vector512<double>.Count; k < columns; k++)
        {
            sum += x[i, k] * y[j, k];
        }

        return sum;
    }
}
