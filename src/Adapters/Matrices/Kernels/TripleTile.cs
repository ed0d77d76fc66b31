using System.Runtime.CompilerServices;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>As <see cref="OuterTile{TVector, TLanes}"/>, three registers wide and up to eight rows high.</summary>
/// <remarks>
/// Apart from it: with a third register among its choices the compiler makes code for one register that runs at two thirds of its speed.
/// </remarks>
internal static unsafe class TripleTile<TVector, TLanes>
    where TVector : struct
    where TLanes : struct, ILanes<TVector>
{
    /// <summary>C [rows × three registers] = A [rows × steps] · B [steps × three registers], plus C when <paramref name="add"/>.</summary>
    /// <param name="rows">1 … 8.</param>
    public static void Multiply(nint rows, nint steps, Strided a, float* b, nint bStep, float* c, nint ldc, bool add)
    {
        switch (rows)
        {
            case 1:
                Multiply<Constant1>(steps, a.Values, a.RowStride, a.ColumnStride, b, bStep, c, ldc, add);
                break;
            case 2:
                Multiply<Constant2>(steps, a.Values, a.RowStride, a.ColumnStride, b, bStep, c, ldc, add);
                break;
            case 3:
                Multiply<Constant3>(steps, a.Values, a.RowStride, a.ColumnStride, b, bStep, c, ldc, add);
                break;
            case 4:
                Multiply<Constant4>(steps, a.Values, a.RowStride, a.ColumnStride, b, bStep, c, ldc, add);
                break;
            case 5:
                Multiply<Constant5>(steps, a.Values, a.RowStride, a.ColumnStride, b, bStep, c, ldc, add);
                break;
            case 6:
                Multiply<Constant6>(steps, a.Values, a.RowStride, a.ColumnStride, b, bStep, c, ldc, add);
                break;
            case 7:
                Multiply<Constant7>(steps, a.Values, a.RowStride, a.ColumnStride, b, bStep, c, ldc, add);
                break;
            default:
                Multiply<Constant8>(steps, a.Values, a.RowStride, a.ColumnStride, b, bStep, c, ldc, add);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TRows>(nint steps, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint ldc, bool add)
        where TRows : struct, IConstant
    {
        TVector left0 = TLanes.Zero, middle0 = TLanes.Zero, right0 = TLanes.Zero;
        TVector left1 = TLanes.Zero, middle1 = TLanes.Zero, right1 = TLanes.Zero;
        TVector left2 = TLanes.Zero, middle2 = TLanes.Zero, right2 = TLanes.Zero;
        TVector left3 = TLanes.Zero, middle3 = TLanes.Zero, right3 = TLanes.Zero;
        TVector left4 = TLanes.Zero, middle4 = TLanes.Zero, right4 = TLanes.Zero;
        TVector left5 = TLanes.Zero, middle5 = TLanes.Zero, right5 = TLanes.Zero;
        TVector left6 = TLanes.Zero, middle6 = TLanes.Zero, right6 = TLanes.Zero;
        TVector left7 = TLanes.Zero, middle7 = TLanes.Zero, right7 = TLanes.Zero;

        nint aRow2 = 2 * aRow;
        float* a3 = a + (3 * aRow);
        float* a6 = a + (6 * aRow);
        for (; steps > 0; steps--)
        {
            TVector bLeft = TLanes.Load(b);
            TVector bMiddle = TLanes.Load(b + TLanes.Count);
            TVector bRight = TLanes.Load(b + (2 * TLanes.Count));
            b += bStep;

            TVector value = TLanes.Broadcast(*a);
            left0 = TLanes.MultiplyAdd(value, bLeft, left0);
            middle0 = TLanes.MultiplyAdd(value, bMiddle, middle0);
            right0 = TLanes.MultiplyAdd(value, bRight, right0);

            if (TRows.Value > 1)
            {
                value = TLanes.Broadcast(a[aRow]);
                left1 = TLanes.MultiplyAdd(value, bLeft, left1);
                middle1 = TLanes.MultiplyAdd(value, bMiddle, middle1);
                right1 = TLanes.MultiplyAdd(value, bRight, right1);
            }

            if (TRows.Value > 2)
            {
                value = TLanes.Broadcast(a[aRow2]);
                left2 = TLanes.MultiplyAdd(value, bLeft, left2);
                middle2 = TLanes.MultiplyAdd(value, bMiddle, middle2);
                right2 = TLanes.MultiplyAdd(value, bRight, right2);
            }

            if (TRows.Value > 3)
            {
                value = TLanes.Broadcast(*a3);
                left3 = TLanes.MultiplyAdd(value, bLeft, left3);
                middle3 = TLanes.MultiplyAdd(value, bMiddle, middle3);
                right3 = TLanes.MultiplyAdd(value, bRight, right3);
            }

            if (TRows.Value > 4)
            {
                value = TLanes.Broadcast(a3[aRow]);
                left4 = TLanes.MultiplyAdd(value, bLeft, left4);
                middle4 = TLanes.MultiplyAdd(value, bMiddle, middle4);
                right4 = TLanes.MultiplyAdd(value, bRight, right4);
            }

            if (TRows.Value > 5)
            {
                value = TLanes.Broadcast(a3[aRow2]);
                left5 = TLanes.MultiplyAdd(value, bLeft, left5);
                middle5 = TLanes.MultiplyAdd(value, bMiddle, middle5);
                right5 = TLanes.MultiplyAdd(value, bRight, right5);
            }

            if (TRows.Value > 6)
            {
                value = TLanes.Broadcast(*a6);
                left6 = TLanes.MultiplyAdd(value, bLeft, left6);
                middle6 = TLanes.MultiplyAdd(value, bMiddle, middle6);
                right6 = TLanes.MultiplyAdd(value, bRight, right6);
            }

            if (TRows.Value > 7)
            {
                value = TLanes.Broadcast(a6[aRow]);
                left7 = TLanes.MultiplyAdd(value, bLeft, left7);
                middle7 = TLanes.MultiplyAdd(value, bMiddle, middle7);
                right7 = TLanes.MultiplyAdd(value, bRight, right7);
            }

            a += aStep;
            a3 += aStep;
            a6 += aStep;
        }

        Write(left0, middle0, right0, c, add);

        if (TRows.Value > 1)
        {
            Write(left1, middle1, right1, c + (1 * ldc), add);
        }

        if (TRows.Value > 2)
        {
            Write(left2, middle2, right2, c + (2 * ldc), add);
        }

        if (TRows.Value > 3)
        {
            Write(left3, middle3, right3, c + (3 * ldc), add);
        }

        if (TRows.Value > 4)
        {
            Write(left4, middle4, right4, c + (4 * ldc), add);
        }

        if (TRows.Value > 5)
        {
            Write(left5, middle5, right5, c + (5 * ldc), add);
        }

        if (TRows.Value > 6)
        {
            Write(left6, middle6, right6, c + (6 * ldc), add);
        }

        if (TRows.Value > 7)
        {
            Write(left7, middle7, right7, c + (7 * ldc), add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(TVector left, TVector middle, TVector right, float* c, bool add)
    {
        TLanes.Store(add ? TLanes.Add(TLanes.Load(c), left) : left, c);
        TLanes.Store(add ? TLanes.Add(TLanes.Load(c + TLanes.Count), middle) : middle, c + TLanes.Count);
        TLanes.Store(add ? TLanes.Add(TLanes.Load(c + (2 * TLanes.Count)), right) : right, c + (2 * TLanes.Count));
    }
}
