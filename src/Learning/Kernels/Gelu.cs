using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeFlora.Learning.Kernels;

/// <summary>GELU with the error function: x·Φ(x), and its derivative Φ(x) + x·φ(x).</summary>
/// <remarks>
/// Φ by formula 7.1.26 of Abramowitz and Stegun, whose error is at most 7.5e-8, about one unit in the last place of 1: it shares e^(−x²/2) with φ,
/// so one exponential serves both.
/// </remarks>
internal readonly struct Gelu : IActivationFunction
{
    private const float InverseRoot2 = 0.70710678f;
    private const float InverseRoot2Pi = 0.39894228f;
    private const float P = 0.3275911f;

    public static bool HasWide => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Value(Vector<float> x) => x * Cumulative(x, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Value(Vector<float> x, out Vector<float> derivative)
    {
        Vector<float> cumulative = Cumulative(x, out Vector<float> exponential);
        derivative = cumulative + (x * exponential * InverseRoot2Pi);
        return x * cumulative;
    }

    /// <summary>Φ(x), and e^(−x²/2) on the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Cumulative(Vector<float> x, out Vector<float> exponential)
    {
        exponential = ExponentialKernel.OfNegative(x * x * -0.5f);
        Vector<float> t = Vector<float>.One / (Vector<float>.One + (Vector.Abs(x) * (P * InverseRoot2)));
        Vector<float> polynomial = t * 1.061405429f;
        polynomial = (polynomial - new Vector<float>(1.453152027f)) * t;
        polynomial = (polynomial + new Vector<float>(1.421413741f)) * t;
        polynomial = (polynomial - new Vector<float>(0.284496736f)) * t;
        polynomial = (polynomial + new Vector<float>(0.254829592f)) * t;
        Vector<float> tail = polynomial * exponential * 0.5f;
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One - tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Value(Vector512<float> x) => x * Cumulative(x, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Value(Vector512<float> x, out Vector512<float> derivative)
    {
        Vector512<float> cumulative = Cumulative(x, out Vector512<float> exponential);
        derivative = cumulative + (x * exponential * InverseRoot2Pi);
        return x * cumulative;
    }

    /// <inheritdoc cref="Cumulative(Vector{float}, out Vector{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Cumulative(Vector512<float> x, out Vector512<float> exponential)
    {
        exponential = ExponentialKernel.OfNegative(x * x * -0.5f);
        Vector512<float> t = Vector512<float>.One / (Vector512<float>.One + (Vector512.Abs(x) * (P * InverseRoot2)));
        Vector512<float> polynomial = t * 1.061405429f;
        polynomial = (polynomial - Vector512.Create(1.453152027f)) * t;
        polynomial = (polynomial + Vector512.Create(1.421413741f)) * t;
        polynomial = (polynomial - Vector512.Create(0.284496736f)) * t;
        polynomial = (polynomial + Vector512.Create(0.254829592f)) * t;
        Vector512<float> tail = polynomial * exponential * 0.5f;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), tail, Vector512<float>.One - tail);
    }
}
