using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeFlora.Learning.Kernels;

/// <summary>
/// The exponential function, small enough to be compiled into its caller's loop; <see cref="Vector.Exp(Vector{float})"/> is a call, and a slow one
/// until it has been recompiled.
/// </summary>
internal static class ExponentialKernel
{
    // Below, the result would be no normal number.
    private const float Lowest = -87.3f;
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts, the first with so few digits that its products with whole numbers are exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>
    /// e^x for x ≤ 0 within two units in the last place; e^−87.3 below −87.3, any number for one that is none. Reduction and polynomial of Cephes'
    /// <c>expf</c>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> OfNegative(Vector<float> x)
    {
        x = Vector.MaxNative(x, new Vector<float>(Lowest));
        Vector<float> power = Vector.Floor((x * Log2E) + new Vector<float>(0.5f));
        Vector<float> rest = x - (power * Ln2High) - (power * Ln2Low);
        Vector<float> polynomial = (rest * 1.9875691500e-4f) + new Vector<float>(1.3981999507e-3f);
        polynomial = (polynomial * rest) + new Vector<float>(8.3334519073e-3f);
        polynomial = (polynomial * rest) + new Vector<float>(4.1665795894e-2f);
        polynomial = (polynomial * rest) + new Vector<float>(1.6666665459e-1f);
        polynomial = (polynomial * rest) + new Vector<float>(5.0000001201e-1f);
        polynomial = (polynomial * rest * rest) + rest + Vector<float>.One;

        // 2^power, made by writing its exponent.
        Vector<int> exponent = (Vector.ConvertToInt32Native(power) + new Vector<int>(127)) << 23;
        return polynomial * Vector.AsVectorSingle(exponent);
    }

    /// <inheritdoc cref="OfNegative(Vector{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OfNegative(Vector512<float> x)
    {
        x = Vector512.MaxNative(x, Vector512.Create(Lowest));
        Vector512<float> power = Vector512.Floor((x * Log2E) + Vector512.Create(0.5f));
        Vector512<float> rest = x - (power * Ln2High) - (power * Ln2Low);
        Vector512<float> polynomial = (rest * 1.9875691500e-4f) + Vector512.Create(1.3981999507e-3f);
        polynomial = (polynomial * rest) + Vector512.Create(8.3334519073e-3f);
        polynomial = (polynomial * rest) + Vector512.Create(4.1665795894e-2f);
        polynomial = (polynomial * rest) + Vector512.Create(1.6666665459e-1f);
        polynomial = (polynomial * rest) + Vector512.Create(5.0000001201e-1f);
        polynomial = (polynomial * rest * rest) + rest + Vector512<float>.One;

        // 2^power, made by writing its exponent.
        Vector512<int> exponent = (Vector512.ConvertToInt32Native(power) + Vector512.Create(127)) << 23;
        return polynomial * exponent.AsSingle();
    }
}
