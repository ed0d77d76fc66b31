using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>SSE and Arm Neon: at least 16 registers of 4 values; a tile of 6 × 8 takes 12 of them for its sums.</summary>
internal readonly struct Lanes128 : ILanes<Vector128<float>>
{
    public static int Count => 4;

    public static int TileRows => 6;

    public static int InnerRows => 3;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    public static unsafe Vector128<float> Load(float* source) => Vector128.Load(source);

    public static unsafe void Store(Vector128<float> vector, float* target) => Vector128.Store(vector, target);

    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    public static Vector128<float> Add(Vector128<float> x, Vector128<float> y) => x + y;

    public static Vector128<float> MultiplyAdd(Vector128<float> x, Vector128<float> y, Vector128<float> sum) =>
        Vector128.MultiplyAddEstimate(x, y, sum);

    public static Vector128<float> Fold(Vector128<float> vector) => vector;
}
