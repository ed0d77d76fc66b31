using System.Numerics;
using System.Runtime.CompilerServices;

namespace EdgeFlora.Learning.Kernels;

/// <summary>σ(x) = 1/(1 + e^(−x)), small enough to be compiled into its caller's loop.</summary>
internal static class Logistic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> x)
    {
        // e^(−|x|) never overflows; σ(−x) = 1 − σ(x) gives the other side without cancellation.
        Vector<float> small = ExponentialKernel.OfNegative(-Vector.Abs(x));
        Vector<float> above = Vector<float>.One / (Vector<float>.One + small);
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), small * above, above);
    }
}
