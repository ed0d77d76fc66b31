using System.Numerics;
using System.Runtime.CompilerServices;

namespace EdgeFlora.Learning.Kernels;

/// <summary>max(x, 0), and its derivative, 1 above 0 and 0 elsewhere. A NaN stays one, so that a training that left the numbers is noticed.</summary>
internal readonly struct Relu : IActivationFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Value(Vector<float> x) => Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), Vector<float>.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Value(Vector<float> x, out Vector<float> derivative)
    {
        derivative = Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), Vector<float>.One, Vector<float>.Zero);
        return Value(x);
    }
}
