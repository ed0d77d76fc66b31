using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>The inner loop of a blocked product: a tile of C whose sums stay in registers while k runs, one outer product a step.</summary>
/// <remarks>
/// Up to twelve rows, one or two registers wide. Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008.
/// </remarks>
internal static unsafe class OuterTile<TVector, TLanes>
    where TVector : struct
    where TLanes : struct, ILanes<TVector>
{
    /// <summary>Values.</summary>
    public const int CacheLine = 16;

    /// <summary>C [rows × width] = A [rows × steps] · B [steps × width], plus C when <paramref name="add"/>.</summary>
    /// <param name="a">A value of A lies at row · <paramref name="aRow"/> + step · <paramref name="aStep"/>.</param>
    /// <param name="b">One full width of B a step, <paramref name="bStep"/> values apart.</param>
    /// <param name="ahead">
    /// What will be read next from far away: two cache lines a step, <paramref name="aheadStep"/> values from the last two, are called into the
    /// cache; the address need not be valid.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TRows, TRegisters>(
        nint steps, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint ldc, bool add, float* ahead, nint aheadStep)
        where TRows : struct, IConstant
        where TRegisters : struct, IConstant
    {
        bool two = TRegisters.Value == 2;
        TVector left0 = TLanes.Zero, right0 = TLanes.Zero;
        TVector left1 = TLanes.Zero, right1 = TLanes.Zero;
        TVector left2 = TLanes.Zero, right2 = TLanes.Zero;
        TVector left3 = TLanes.Zero, right3 = TLanes.Zero;
        TVector left4 = TLanes.Zero, right4 = TLanes.Zero;
        TVector left5 = TLanes.Zero, right5 = TLanes.Zero;
        TVector left6 = TLanes.Zero, right6 = TLanes.Zero;
        TVector left7 = TLanes.Zero, right7 = TLanes.Zero;
        TVector left8 = TLanes.Zero, right8 = TLanes.Zero;
        TVector left9 = TLanes.Zero, right9 = TLanes.Zero;
        TVector left10 = TLanes.Zero, right10 = TLanes.Zero;
        TVector left11 = TLanes.Zero, right11 = TLanes.Zero;

        // Four pointers and two strides reach twelve rows; twelve pointers would not fit into the general registers.
        nint aRow2 = 2 * aRow;
        float* a3 = a + (3 * aRow);
        float* a6 = a + (6 * aRow);
        float* a9 = a + (9 * aRow);
        for (; steps > 0; steps--)
        {
            TVector bLeft = TLanes.Load(b);
            TVector bRight = two ? TLanes.Load(b + TLanes.Count) : TLanes.Zero;
            b += bStep;
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(ahead);
                Sse.Prefetch1(ahead + CacheLine);
                ahead += aheadStep;
            }

            TVector value = TLanes.Broadcast(*a);
            left0 = TLanes.MultiplyAdd(value, bLeft, left0);
            right0 = two ? TLanes.MultiplyAdd(value, bRight, right0) : right0;

            if (TRows.Value > 1)
            {
                value = TLanes.Broadcast(a[aRow]);
                left1 = TLanes.MultiplyAdd(value, bLeft, left1);
                right1 = two ? TLanes.MultiplyAdd(value, bRight, right1) : right1;
            }

            if (TRows.Value > 2)
            {
                value = TLanes.Broadcast(a[aRow2]);
                left2 = TLanes.MultiplyAdd(value, bLeft, left2);
                right2 = two ? TLanes.MultiplyAdd(value, bRight, right2) : right2;
            }

            if (TRows.Value > 3)
            {
                value = TLanes.Broadcast(*a3);
                left3 = TLanes.MultiplyAdd(value, bLeft, left3);
                right3 = two ? TLanes.MultiplyAdd(value, bRight, right3) : right3;
            }

            if (TRows.Value > 4)
            {
                value = TLanes.Broadcast(a3[aRow]);
                left4 = TLanes.MultiplyAdd(value, bLeft, left4);
                right4 = two ? TLanes.MultiplyAdd(value, bRight, right4) : right4;
            }

            if (TRows.Value > 5)
            {
                value = TLanes.Broadcast(a3[aRow2]);
                left5 = TLanes.MultiplyAdd(value, bLeft, left5);
                right5 = two ? TLanes.MultiplyAdd(value, bRight, right5) : right5;
            }

            if (TRows.Value > 6)
            {
                value = TLanes.Broadcast(*a6);
                left6 = TLanes.MultiplyAdd(value, bLeft, left6);
                right6 = two ? TLanes.MultiplyAdd(value, bRight, right6) : right6;
            }

            if (TRows.Value > 7)
            {
                value = TLanes.Broadcast(a6[aRow]);
                left7 = TLanes.MultiplyAdd(value, bLeft, left7);
                right7 = two ? TLanes.MultiplyAdd(value, bRight, right7) : right7;
            }

            if (TRows.Value > 8)
            {
                value = TLanes.Broadcast(a6[aRow2]);
                left8 = TLanes.MultiplyAdd(value, bLeft, left8);
                right8 = two ? TLanes.MultiplyAdd(value, bRight, right8) : right8;
            }

            if (TRows.Value > 9)
            {
                value = TLanes.Broadcast(*a9);
                left9 = TLanes.MultiplyAdd(value, bLeft, left9);
                right9 = two ? TLanes.MultiplyAdd(value, bRight, right9) : right9;
            }

            if (TRows.Value > 10)
            {
                value = TLanes.Broadcast(a9[aRow]);
                left10 = TLanes.MultiplyAdd(value, bLeft, left10);
                right10 = two ? TLanes.MultiplyAdd(value, bRight, right10) : right10;
            }

            if (TRows.Value > 11)
            {
                value = TLanes.Broadcast(a9[aRow2]);
                left11 = TLanes.MultiplyAdd(value, bLeft, left11);
                right11 = two ? TLanes.MultiplyAdd(value, bRight, right11) : right11;
            }

            a += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
        }

        Write<TRegisters>(left0, right0, c, add);

        if (TRows.Value > 1)
        {
            Write<TRegisters>(left1, right1, c + (1 * ldc), add);
        }

        if (TRows.Value > 2)
        {
            Write<TRegisters>(left2, right2, c + (2 * ldc), add);
        }

        if (TRows.Value > 3)
        {
            Write<TRegisters>(left3, right3, c + (3 * ldc), add);
        }

        if (TRows.Value > 4)
        {
            Write<TRegisters>(left4, right4, c + (4 * ldc), add);
        }

        if (TRows.Value > 5)
        {
            Write<TRegisters>(left5, right5, c + (5 * ldc), add);
        }

        if (TRows.Value > 6)
        {
            Write<TRegisters>(left6, right6, c + (6 * ldc), add);
        }

        if (TRows.Value > 7)
        {
            Write<TRegisters>(left7, right7, c + (7 * ldc), add);
        }

        if (TRows.Value > 8)
        {
            Write<TRegisters>(left8, right8, c + (8 * ldc), add);
        }

        if (TRows.Value > 9)
        {
            Write<TRegisters>(left9, right9, c + (9 * ldc), add);
        }

        if (TRows.Value > 10)
        {
            Write<TRegisters>(left10, right10, c + (10 * ldc), add);
        }

        if (TRows.Value > 11)
        {
            Write<TRegisters>(left11, right11, c + (11 * ldc), add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<TRegisters>(TVector left, TVector right, float* c, bool add)
        where TRegisters : struct, IConstant
    {
        TLanes.Store(add ? TLanes.Add(TLanes.Load(c), left) : left, c);
        if (TRegisters.Value == 2)
        {
            TLanes.Store(add ? TLanes.Add(TLanes.Load(c + TLanes.Count), right) : right, c + TLanes.Count);
        }
    }
}
