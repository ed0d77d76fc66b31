using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Sixteen vectors of sixteen values, turned in registers: whole cache lines are read and written.</summary>
internal static unsafe class Sixteen
{
    /// <summary>Rows and columns of a block.</summary>
    public const int Count = 16;

    /// <summary>Which 128-bit quarters of two vectors make a new one: the even ones, or the odd ones.</summary>
    private const byte Even = 0b10_00_10_00, Odd = 0b11_01_11_01;

    public static bool IsSupported => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>Reads sixteen rows of sixteen values, writes them as sixteen columns.</summary>
    public static void Transpose(float* source, nint sourceStride, float* target, nint targetStride)
    {
        // Within every quarter of the vectors: four rows become four columns.
        Four(source, sourceStride, out Vector512<float> a0, out Vector512<float> a1, out Vector512<float> a2, out Vector512<float> a3);
        source += 4 * sourceStride;
        Four(source, sourceStride, out Vector512<float> b0, out Vector512<float> b1, out Vector512<float> b2, out Vector512<float> b3);
        source += 4 * sourceStride;
        Four(source, sourceStride, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3);
        source += 4 * sourceStride;
        Four(source, sourceStride, out Vector512<float> d0, out Vector512<float> d1, out Vector512<float> d2, out Vector512<float> d3);

        // Then the quarters are put in their places.
        Quarters(a0, b0, c0, d0, target, targetStride);
        Quarters(a1, b1, c1, d1, target + targetStride, targetStride);
        Quarters(a2, b2, c2, d2, target + (2 * targetStride), targetStride);
        Quarters(a3, b3, c3, d3, target + (3 * targetStride), targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(
        float* source, nint stride, out Vector512<float> x0, out Vector512<float> x1, out Vector512<float> x2, out Vector512<float> x3)
    {
        Vector512<float> row0 = Vector512.Load(source);
        Vector512<float> row1 = Vector512.Load(source + stride);
        Vector512<float> row2 = Vector512.Load(source + (2 * stride));
        Vector512<float> row3 = Vector512.Load(source + (3 * stride));
        Vector512<double> low01 = Avx512F.UnpackLow(row0, row1).AsDouble();
        Vector512<double> high01 = Avx512F.UnpackHigh(row0, row1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(row2, row3).AsDouble();
        Vector512<double> high23 = Avx512F.UnpackHigh(row2, row3).AsDouble();
        x0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        x1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        x2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        x3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    /// <summary>Writes the first quarters of all four beside each other, and four rows further down the second ones, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* target, nint stride)
    {
        Vector512<float> evenAb = Avx512F.Shuffle4x128(a, b, Even);
        Vector512<float> evenCd = Avx512F.Shuffle4x128(c, d, Even);
        Vector512<float> oddAb = Avx512F.Shuffle4x128(a, b, Odd);
        Vector512<float> oddCd = Avx512F.Shuffle4x128(c, d, Odd);
        Avx512F.Shuffle4x128(evenAb, evenCd, Even).Store(target);
        Avx512F.Shuffle4x128(oddAb, oddCd, Even).Store(target + (4 * stride));
        Avx512F.Shuffle4x128(evenAb, evenCd, Odd).Store(target + (8 * stride));
        Avx512F.Shuffle4x128(oddAb, oddCd, Odd).Store(target + (12 * stride));
    }
}
