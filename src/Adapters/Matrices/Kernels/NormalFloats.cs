using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>
/// NormalFloat of 4 bits (NF4, arXiv 2305.14314): the sixteen values between −1 and 1 that weights with a normal distribution take equally often,
/// times
/// one scale for every <see cref="BlockLength"/> values. Two codes a byte, the first one in its upper half.
/// </summary>
internal static class NormalFloats
{
    /// <summary>Values that share a scale.</summary>
    public const int BlockLength = 64;

    private const int Levels = 16;

    /// <summary>The values, as the paper's appendix E and bitsandbytes list them.</summary>
    public static ReadOnlySpan<float> Values =>
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f,
        0.0f, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f,
        0.7229568362236023f, 1.0f,
    ];

    /// <summary>Rounds up to <see cref="BlockLength"/> values to the nearest of the sixteen times their largest magnitude.</summary>
    /// <param name="codes">Half a byte for each value, rounded up.</param>
    /// <returns>The scale.</returns>
    public static float Round(ReadOnlySpan<float> values, Span<byte> codes)
    {
        float scale = MathF.Abs(TensorPrimitives.MaxMagnitude(values));
        for (int i = 0; i < values.Length; i++)
        {
            int code = scale > 0 ? Nearest(values[i] / scale) : Nearest(0);
            codes[i / 2] |= (byte)(i % 2 == 0 ? code << 4 : code);
        }

        return scale;
    }

    /// <summary>Fills <paramref name="target"/> with the values from <paramref name="first"/> on, each product with a scale rounded once.</summary>
    /// <param name="first">Place of the first value; blocks begin at multiples of <see cref="BlockLength"/>.</param>
    public static unsafe void Widen(byte* codes, float* scales, nint first, Span<float> target)
    {
        Span<float> scaled = stackalloc float[Levels];
        while (!target.IsEmpty)
        {
            int count = (int)Math.Min(target.Length, BlockLength - (first % BlockLength));
            TensorPrimitives.Multiply(Values, scales[first / BlockLength], scaled);
            Widen(codes, first, scaled, target[..count]);
            target = target[count..];
            first += count;
        }
    }

    private static unsafe void Widen(byte* codes, nint first, ReadOnlySpan<float> scaled, Span<float> target)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated && first % 2 == 0)
        {
            Vector512<float> table = Vector512.Create(scaled);
            for (; i <= target.Length - Levels; i += Levels)
            {
                // Eight bytes to sixteen whole numbers: the upper half of each byte, then the lower.
                Vector128<ushort> bytes = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)(codes + ((first + i) / 2))).AsByte());
                Vector128<byte> halves = ((bytes >> 4) | ((bytes & Vector128.Create((ushort)0xF)) << 8)).AsByte();
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(halves);
                Vector512<int> places = Vector512.Create(
                    Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)),
                    Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high))).AsInt32();
                Vector512.Shuffle(table, places).CopyTo(target[i..]);
            }
        }

        for (; i < target.Length; i++)
        {
            int two = codes[(first + i) / 2];
            target[i] = scaled[(first + i) % 2 == 0 ? two >> 4 : two & 0xF];
        }
    }

    /// <summary>The code of the value nearest to <paramref name="value"/>; of two as near the lower.</summary>
    private static int Nearest(float value)
    {
        int code = 0;
        while (code < Levels - 1 && value > (Values[code] + Values[code + 1]) / 2)
        {
            code++;
        }

        return code;
    }
}
