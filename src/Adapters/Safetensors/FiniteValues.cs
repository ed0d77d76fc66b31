using System.Numerics.Tensors;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>The check that every value read, written, encoded or decoded passes.</summary>
internal static class FiniteValues
{
    /// <param name="largest">Largest magnitude allowed.</param>
    /// <param name="what">File or payload and tensor, for the message.</param>
    /// <param name="format">The format whose range this is, for the message.</param>
    /// <exception cref="AdapterFormatException">
    /// A value is NaN, infinite or beyond <paramref name="largest"/>; the message gives its index.
    /// </exception>
    public static void Check(ReadOnlySpan<float> values, float largest, string what, string format)
    {
        // The largest magnitude is NaN if any value is, and then no comparison holds.
        if (values.IsEmpty || TensorPrimitives.MaxMagnitude(values) is var max && MathF.Abs(max) <= largest)
        {
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (!(MathF.Abs(values[i]) <= largest))
            {
                throw new AdapterFormatException(FormattableString.Invariant(
                    $"{what}: value {i} is {values[i]:R}, expected a finite number of magnitude ≤ {largest:G6} ({format})."));
            }
        }
    }
}
