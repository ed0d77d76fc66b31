using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>The inner loop of a product with few columns: a tile of dot products, one register of k a step.</summary>
/// <remarks>Where C has fewer columns than a register has lanes, an outer product would leave lanes idle; here k fills them.</remarks>
internal static unsafe class InnerTile<TVector, TLanes>
    where TVector : struct
    where TLanes : struct, ILanes<TVector>
{
    /// <summary>C [rows × TColumns] = A [rows × k] · B [k × TColumns], plus C when <paramref name="add"/>.</summary>
    /// <param name="steps">Registers in k.</param>
    /// <param name="a">Rows of A, contiguous along k, <paramref name="aRow"/> values apart.</param>
    /// <param name="b">TColumns registers a step.</param>
    /// <param name="rows">1 to <see cref="ILanes{TVector}.InnerRows"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TColumns>(nint steps, float* a, nint aRow, float* b, Strided c, nint rows, bool add)
        where TColumns : struct, IConstant
    {
        bool six = TLanes.InnerRows == 6;

        // Rows beyond the last repeat it: they cost nothing to compute, and reading them would leave A.
        nint last = rows - 1;
        float* a1 = a + (Math.Min(1, last) * aRow);
        float* a2 = a + (Math.Min(2, last) * aRow);
        float* a3 = a + (Math.Min(3, last) * aRow);
        float* a4 = a + (Math.Min(4, last) * aRow);
        float* a5 = a + (Math.Min(5, last) * aRow);
        TVector sum00 = TLanes.Zero, sum01 = TLanes.Zero, sum02 = TLanes.Zero, sum03 = TLanes.Zero;
        TVector sum10 = TLanes.Zero, sum11 = TLanes.Zero, sum12 = TLanes.Zero, sum13 = TLanes.Zero;
        TVector sum20 = TLanes.Zero, sum21 = TLanes.Zero, sum22 = TLanes.Zero, sum23 = TLanes.Zero;
        TVector sum30 = TLanes.Zero, sum31 = TLanes.Zero, sum32 = TLanes.Zero, sum33 = TLanes.Zero;
        TVector sum40 = TLanes.Zero, sum41 = TLanes.Zero, sum42 = TLanes.Zero, sum43 = TLanes.Zero;
        TVector sum50 = TLanes.Zero, sum51 = TLanes.Zero, sum52 = TLanes.Zero, sum53 = TLanes.Zero;

        for (nint p = 0; steps > 0; steps--, p += TLanes.Count, b += TColumns.Value * TLanes.Count)
        {
            TVector b0 = TLanes.Load(b);
            TVector b1 = TColumns.Value > 1 ? TLanes.Load(b + (1 * TLanes.Count)) : TLanes.Zero;
            TVector b2 = TColumns.Value > 2 ? TLanes.Load(b + (2 * TLanes.Count)) : TLanes.Zero;
            TVector b3 = TColumns.Value > 3 ? TLanes.Load(b + (3 * TLanes.Count)) : TLanes.Zero;

            TVector value = TLanes.Load(a + p);
            sum00 = TLanes.MultiplyAdd(value, b0, sum00);
            sum01 = TColumns.Value > 1 ? TLanes.MultiplyAdd(value, b1, sum01) : sum01;
            sum02 = TColumns.Value > 2 ? TLanes.MultiplyAdd(value, b2, sum02) : sum02;
            sum03 = TColumns.Value > 3 ? TLanes.MultiplyAdd(value, b3, sum03) : sum03;

            value = TLanes.Load(a1 + p);
            sum10 = TLanes.MultiplyAdd(value, b0, sum10);
            sum11 = TColumns.Value > 1 ? TLanes.MultiplyAdd(value, b1, sum11) : sum11;
            sum12 = TColumns.Value > 2 ? TLanes.MultiplyAdd(value, b2, sum12) : sum12;
            sum13 = TColumns.Value > 3 ? TLanes.MultiplyAdd(value, b3, sum13) : sum13;

            value = TLanes.Load(a2 + p);
            sum20 = TLanes.MultiplyAdd(value, b0, sum20);
            sum21 = TColumns.Value > 1 ? TLanes.MultiplyAdd(value, b1, sum21) : sum21;
            sum22 = TColumns.Value > 2 ? TLanes.MultiplyAdd(value, b2, sum22) : sum22;
            sum23 = TColumns.Value > 3 ? TLanes.MultiplyAdd(value, b3, sum23) : sum23;

            if (six)
            {
                value = TLanes.Load(a3 + p);
                sum30 = TLanes.MultiplyAdd(value, b0, sum30);
                sum31 = TColumns.Value > 1 ? TLanes.MultiplyAdd(value, b1, sum31) : sum31;
                sum32 = TColumns.Value > 2 ? TLanes.MultiplyAdd(value, b2, sum32) : sum32;
                sum33 = TColumns.Value > 3 ? TLanes.MultiplyAdd(value, b3, sum33) : sum33;

                value = TLanes.Load(a4 + p);
                sum40 = TLanes.MultiplyAdd(value, b0, sum40);
                sum41 = TColumns.Value > 1 ? TLanes.MultiplyAdd(value, b1, sum41) : sum41;
                sum42 = TColumns.Value > 2 ? TLanes.MultiplyAdd(value, b2, sum42) : sum42;
                sum43 = TColumns.Value > 3 ? TLanes.MultiplyAdd(value, b3, sum43) : sum43;

                value = TLanes.Load(a5 + p);
                sum50 = TLanes.MultiplyAdd(value, b0, sum50);
                sum51 = TColumns.Value > 1 ? TLanes.MultiplyAdd(value, b1, sum51) : sum51;
                sum52 = TColumns.Value > 2 ? TLanes.MultiplyAdd(value, b2, sum52) : sum52;
                sum53 = TColumns.Value > 3 ? TLanes.MultiplyAdd(value, b3, sum53) : sum53;
            }
        }

        Write<TColumns>(sum00, sum01, sum02, sum03, c.At(0, 0), c.ColumnStride, add);

        if (rows > 1)
        {
            Write<TColumns>(sum10, sum11, sum12, sum13, c.At(1, 0), c.ColumnStride, add);
        }

        if (rows > 2)
        {
            Write<TColumns>(sum20, sum21, sum22, sum23, c.At(2, 0), c.ColumnStride, add);
        }

        if (six && rows > 3)
        {
            Write<TColumns>(sum30, sum31, sum32, sum33, c.At(3, 0), c.ColumnStride, add);
        }

        if (six && rows > 4)
        {
            Write<TColumns>(sum40, sum41, sum42, sum43, c.At(4, 0), c.ColumnStride, add);
        }

        if (six && rows > 5)
        {
            Write<TColumns>(sum50, sum51, sum52, sum53, c.At(5, 0), c.ColumnStride, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<TColumns>(TVector sum0, TVector sum1, TVector sum2, TVector sum3, float* c, nint stride, bool add)
        where TColumns : struct, IConstant
    {
        Vector128<float> sums = Quad.Sums(TLanes.Fold(sum0), TLanes.Fold(sum1), TLanes.Fold(sum2), TLanes.Fold(sum3));
        if (TColumns.Value == 4 && stride == 1)
        {
            (add ? Vector128.Load(c) + sums : sums).Store(c);
            return;
        }

        Write(sums[0], c, add);
        if (TColumns.Value > 1)
        {
            Write(sums[1], c + stride, add);
        }

        if (TColumns.Value > 2)
        {
            Write(sums[2], c + (2 * stride), add);
        }

        if (TColumns.Value > 3)
        {
            Write(sums[3], c + (3 * stride), add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(float sum, float* c, bool add) => *c = add ? *c + sum : sum;
}
