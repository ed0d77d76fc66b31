using System.Numerics;
using System.Runtime.CompilerServices;

namespace EdgeFlora.Learning.Kernels;

/// <summary>x·σ(x), and its derivative σ(x)·(1 + x·(1 − σ(x))).</summary>
internal readonly struct Silu : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Value(Vector<float> x) => x * Logistic.Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Value(Vector<float> x, out Vector<float> derivative)
    {
        Vector<float> logistic = Logistic.Of(x);
        derivative = logistic * (Vector<float>.One + (x * (Vector<float>.One - logistic)));
        return x * logistic;
    }
}
