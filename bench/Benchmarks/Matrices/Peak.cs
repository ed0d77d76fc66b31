using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Matrices.Kernels;

namespace EdgeFlora.Benchmarks.Matrices;

/// <summary>The most one core can do: multiply-adds on registers alone.</summary>
internal static class Peak
{
    private const int Steps = 20_000;
    private const int Chains = 12; // enough to hide the latency of any processor so far, and they fit into 16 registers

    /// <summary>Work of one <see cref="Run"/>, in floating-point operations.</summary>
    public static double Work(VectorWidth width) => 2.0 * Steps * Chains * (int)width / 32;

    public static void Run(VectorWidth width)
    {
        float result = width switch
        {
            VectorWidth.Bits512 => Chain<Vector512<float>, Lanes512>(),
            VectorWidth.Bits256 => Chain<Vector256<float>, Lanes256>(),
            _ => Chain<Vector128<float>, Lanes128>(),
        };
        if (float.IsNaN(result))
        {
            throw new InvalidOperationException("The multiply-add loop gave NaN.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Chain<TVector, TLanes>()
        where TVector : struct
        where TLanes : struct, ILanes<TVector>
    {
        TVector x = TLanes.Broadcast(0.5f);
        TVector y = TLanes.Broadcast(1f);
        TVector s0 = y, s1 = y, s2 = y, s3 = y, s4 = y, s5 = y, s6 = y, s7 = y, s8 = y, s9 = y, s10 = y, s11 = y;
        for (int step = 0; step < Steps; step++)
        {
            s0 = TLanes.MultiplyAdd(s0, x, y);
            s1 = TLanes.MultiplyAdd(s1, x, y);
            s2 = TLanes.MultiplyAdd(s2, x, y);
            s3 = TLanes.MultiplyAdd(s3, x, y);
            s4 = TLanes.MultiplyAdd(s4, x, y);
            s5 = TLanes.MultiplyAdd(s5, x, y);
            s6 = TLanes.MultiplyAdd(s6, x, y);
            s7 = TLanes.MultiplyAdd(s7, x, y);
            s8 = TLanes.MultiplyAdd(s8, x, y);
            s9 = TLanes.MultiplyAdd(s9, x, y);
            s10 = TLanes.MultiplyAdd(s10, x, y);
            s11 = TLanes.MultiplyAdd(s11, x, y);
        }

        TVector left = TLanes.Add(TLanes.Add(TLanes.Add(s0, s1), TLanes.Add(s2, s3)), TLanes.Add(s4, s5));
        TVector right = TLanes.Add(TLanes.Add(TLanes.Add(s6, s7), TLanes.Add(s8, s9)), TLanes.Add(s10, s11));
        return Vector128.Sum(TLanes.Fold(TLanes.Add(left, right)));
    }
}
