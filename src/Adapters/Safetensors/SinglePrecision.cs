using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>Between single precision and the floating types of files and payloads. Bytes are little-endian and need no alignment.</summary>
internal static class SinglePrecision
{
    /// <summary>Whether <paramref name="type"/> is one that <see cref="Widen"/> reads.</summary>
    public static bool CanWiden(TensorType type) => type is TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F64;

    /// <summary>Whether <paramref name="type"/> is one that <see cref="Narrow"/> writes.</summary>
    public static bool CanNarrow(TensorType type) => type is TensorType.F32 or TensorType.F16 or TensorType.BF16;

    /// <summary>Exact for F32, F16 and BF16; F64 is rounded to nearest even, to infinity where it is too large.</summary>
    /// <param name="source">Exactly as many elements as <paramref name="destination"/>.</param>
    public static void Widen(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case TensorType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);
                break;
            case TensorType.BF16:
                WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<float, uint>(destination));
                break;
            case TensorType.F64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(source), destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Only F32, F16, BF16 and F64 are read as numbers.");
        }
    }

    /// <summary>Rounds to nearest even; exact for F32.</summary>
    /// <param name="destination">Exactly as many elements as <paramref name="source"/>.</param>
    public static void Narrow(TensorType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        switch (type)
        {
            case TensorType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case TensorType.BF16:
                Span<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++)
                {
                    narrow[i] = NarrowBFloat16(source[i]);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Only F32, F16 and BF16 are written.");
        }
    }

    /// <summary>The largest magnitude that <see cref="Narrow"/> keeps finite.</summary>
    public static float Largest(TensorType type) => type switch
    {
        TensorType.F16 => (float)Half.MaxValue,
        TensorType.BF16 => BitConverter.UInt32BitsToSingle(0x7F7F_0000),
        _ => float.MaxValue,
    };

    public static float WidenBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static ushort NarrowBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            return (ushort)((bits >> 16) | 0x40); // quiet: cutting the mantissa must not turn it into an infinity
        }

        // Adding just under half of the last kept place, and one more if that place is odd, carries exactly when nearest-even rounds up.
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<uint> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            (low << 16).CopyTo(destination[i..]);
            (high << 16).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = (uint)source[i] << 16;
        }
    }
}
