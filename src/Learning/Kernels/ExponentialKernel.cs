using System.Numerics;
using System.Runtime.CompilerServices;

namespace EdgeFlora.Learning.Kernels;

/// <summary>The exponential function, small enough to be compiled into its caller's loop; <see cref="Vector.Exp(Vector{float})"/> is a call, and a slow one until it has been recompiled.</summary>
internal static class ExponentialKernel
{
    // Below, the result would be no normal number.
    private const float Lowest = -87.3f;
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts, the first with so few digits that its products with whole numbers are exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e^x for x ≤ 0 within two units in the last place; e^−87.3 below −87.3. Reduction and polynomial of Cephes' <c>expf</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> OfNegative(Vector<float> x)
    {
        x = Vector.Max(x, new Vector<float>(Lowest));
        Vector<float> power = Vector.Floor((x * Log2E) + new Vector<float>(0.5f));
        Vector<float> rest = x - (power * Ln2High) - (power * Ln2Low);
        Vector<float> polynomial = (rest * 1.9875691500e-4f) + new Vector<float>(1.3981999507e-3f);
        polynomial = (polynomial * rest) + new Vector<float>(8.3334519073e-3f);
        polynomial = (polynomial * rest) + new Vector<float>(4.1665795894e-2f);
        polynomial = (polynomial * rest) + new Vector<float>(1.6666665459e-1f);
        polynomial = (polynomial * rest) + new Vector<float>(5.0000001201e-1f);
        polynomial = (polynomial * rest * rest) + rest + Vector<float>.One;

        // 2^power, made by writing its exponent.
        Vector<int> exponent = (Vector.ConvertToInt32(power) + new Vector<int>(127)) << 23;
        return polynomial * Vector.AsVectorSingle(exponent);
    }
}
