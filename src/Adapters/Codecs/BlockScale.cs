using System.Buffers.Binary;
using System.Numerics.Tensors;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>Symmetric quantisation in blocks: 64 consecutive values share one scale, and each becomes a whole number in −levels … levels.</summary>
/// <remarks>
/// The scale is a bfloat16, not an IEEE half: differences of adapters go down to 1e-7 and their 127th part would fall below what a half can hold.
/// It is rounded up, so that the largest value of a block never needs a code beyond the last level; a step is at most 2⁻⁷ wider than with an exact
/// scale. Rounding is to nearest even; the error of a value is at most half a scale.
/// </remarks>
internal static class BlockScale
{
    /// <summary>Values that share a scale.</summary>
    public const int Size = 64;

    /// <summary>Bytes of a scale.</summary>
    public const int Bytes = 2;

    /// <summary>Half the range of single precision, so that level × rounded-up scale stays finite.</summary>
    public const float Largest = float.MaxValue / 2;

    public static long Count(int values) => ((long)values + Size - 1) / Size;

    /// <summary>Writes the scale of a block and its codes as whole numbers in single precision.</summary>
    public static void Quantise(ReadOnlySpan<float> block, int levels, Span<byte> scaleBytes, Span<float> codes)
    {
        uint exact = BitConverter.SingleToUInt32Bits(MathF.Abs(TensorPrimitives.MaxMagnitude(block)) / levels);
        ushort bits = (ushort)((exact >> 16) + ((exact & 0xFFFF) == 0 ? 0u : 1u));
        BinaryPrimitives.WriteUInt16LittleEndian(scaleBytes, bits);
        if (bits == 0)
        {
            codes.Clear();
            return;
        }

        TensorPrimitives.Divide(block, SinglePrecision.WidenBFloat16(bits), codes);
        TensorPrimitives.Round(codes, MidpointRounding.ToEven, codes);
    }

    /// <exception cref="AdapterFormatException">The scale is negative or not finite.</exception>
    public static float Read(ReadOnlySpan<byte> scaleBytes, string what)
    {
        float scale = SinglePrecision.WidenBFloat16(BinaryPrimitives.ReadUInt16LittleEndian(scaleBytes));
        return float.IsFinite(scale) && !float.IsNegative(scale)
            ? scale
            : throw new AdapterFormatException(FormattableString.Invariant($"{what} has a block scale of {scale}, expected a finite number ≥ 0."));
    }
}
