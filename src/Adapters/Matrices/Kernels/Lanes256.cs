using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>AVX2: 16 registers of 8 values; a tile of 6 × 16 takes 12 of them for its sums.</summary>
internal readonly struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => 8;

    public static int TileRows => 6;

    public static int InnerRows => 3;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    public static unsafe Vector256<float> Load(float* source) => Vector256.Load(source);

    public static unsafe void Store(Vector256<float> vector, float* target) => Vector256.Store(vector, target);

    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    public static Vector256<float> Add(Vector256<float> x, Vector256<float> y) => x + y;

    public static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> y, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(x, y, sum);

    public static Vector128<float> Fold(Vector256<float> vector) => vector.GetLower() + vector.GetUpper();
}
