using System.Numerics;
using System.Runtime.CompilerServices;

namespace EdgeFlora.Learning.Kernels;

/// <summary>
/// GELU's tanh approximation. As ½·(1 + tanh u) = σ(2u), it is x·σ(v) with v = 2·√(2/π)·(x + 0.044715·x³); its derivative is σ(v) + x·σ(v)·(1 −
/// σ(v))·v′.
/// </summary>
internal readonly struct GeluTanh : IActivationFunction
{
    // 2·√(2/π).
    private const float Slope = 1.5957691f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Value(Vector<float> x) => x * Logistic.Of(Argument(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Value(Vector<float> x, out Vector<float> derivative)
    {
        Vector<float> logistic = Logistic.Of(Argument(x));
        Vector<float> slope = Slope * (Vector<float>.One + (3 * Cubic * x * x));
        derivative = logistic + (x * logistic * (Vector<float>.One - logistic) * slope);
        return x * logistic;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Argument(Vector<float> x) => Slope * (x + (Cubic * x * x * x));
}
