using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Four vectors of four values, turned in registers.</summary>
internal static unsafe class Quad
{
    /// <summary>Reads four rows of four values, writes them as four columns, or adds them to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(float* source, nint sourceStride, float* target, nint targetStride, bool add = false)
    {
        Vector128<float> row0 = Vector128.Load(source);
        Vector128<float> row1 = Vector128.Load(source + sourceStride);
        Vector128<float> row2 = Vector128.Load(source + (2 * sourceStride));
        Vector128<float> row3 = Vector128.Load(source + (3 * sourceStride));

        // Pairs of rows are interleaved, then pairs of pairs.
        Vector128<float> low02 = InterleaveLow(row0, row2);
        Vector128<float> high02 = InterleaveHigh(row0, row2);
        Vector128<float> low13 = InterleaveLow(row1, row3);
        Vector128<float> high13 = InterleaveHigh(row1, row3);
        Write(InterleaveLow(low02, low13), target, add);
        Write(InterleaveHigh(low02, low13), target + targetStride, add);
        Write(InterleaveLow(high02, high13), target + (2 * targetStride), add);
        Write(InterleaveHigh(high02, high13), target + (3 * targetStride), add);
    }

    /// <summary>The sum of each vector, side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3)
    {
        Vector128<float> pairs02 = InterleaveLow(x0, x2) + InterleaveHigh(x0, x2);
        Vector128<float> pairs13 = InterleaveLow(x1, x3) + InterleaveHigh(x1, x3);
        return InterleaveLow(pairs02, pairs13) + InterleaveHigh(pairs02, pairs13);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector128<float> column, float* target, bool add) => (add ? Vector128.Load(target) + column : column).Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> x, Vector128<float> y)
    {
        if (Sse.IsSupported)
        {
            return Sse.UnpackLow(x, y);
        }

        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(x, y) : Vector128.Create(x[0], y[0], x[1], y[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> x, Vector128<float> y)
    {
        if (Sse.IsSupported)
        {
            return Sse.UnpackHigh(x, y);
        }

        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(x, y) : Vector128.Create(x[2], y[2], x[3], y[3]);
    }
}
