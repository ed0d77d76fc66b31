using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>AVX-512: 32 registers of 16 values; a tile of 12 × 32 takes 24 of them for its sums.</summary>
internal readonly struct Lanes512 : ILanes<Vector512<float>>
{
    public static int Count => 16;

    public static int TileRows => 12;

    public static int InnerRows => 6;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    public static unsafe Vector512<float> Load(float* source) => Vector512.Load(source);

    public static unsafe void Store(Vector512<float> vector, float* target) => Vector512.Store(vector, target);

    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    public static Vector512<float> Add(Vector512<float> x, Vector512<float> y) => x + y;

    public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> y, Vector512<float> sum) =>
        Vector512.MultiplyAddEstimate(x, y, sum);

    public static Vector128<float> Fold(Vector512<float> vector) => Lanes256.Fold(vector.GetLower() + vector.GetUpper());
}
