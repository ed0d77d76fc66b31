using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>
/// The given percentage of values of largest magnitude, the rest zero: one bit a value says which are kept, and those follow as int8.
/// </summary>
/// <remarks>
/// A bitmap beats a list of indices from about one value in ten on, and keeps the length independent of the values. Among equal magnitudes the
/// earlier is kept.
/// </remarks>
internal sealed class TopKCodec(int percent) : ITensorCodec
{
    private readonly Int8Codec kept = new();

    public float Largest => kept.Largest;

    public long EncodedLength(int count) => Bitmap(count) + kept.EncodedLength(Kept(count));

    public void Encode(ReadOnlySpan<float> values, Span<byte> encoded)
    {
        int count = Kept(values.Length);
        float[] magnitudes = ArrayPool<float>.Shared.Rent(values.Length);
        float[] chosen = ArrayPool<float>.Shared.Rent(count);
        try
        {
            Span<float> sorted = magnitudes.AsSpan(0, values.Length);
            TensorPrimitives.Abs(values, sorted);
            sorted.Sort();
            float threshold = sorted[^count];
            int atThreshold = count - (sorted.Length - (sorted.LastIndexOf(threshold) + 1));

            Span<byte> bitmap = encoded[..Bitmap(values.Length)];
            bitmap.Clear();
            int next = 0;
            for (int i = 0; i < values.Length; i++)
            {
                float magnitude = MathF.Abs(values[i]);
                if (magnitude > threshold || (magnitude == threshold && atThreshold-- > 0))
                {
                    bitmap[i / 8] |= (byte)(1 << (i % 8));
                    chosen[next++] = values[i];
                }
            }

            kept.Encode(chosen.AsSpan(0, count), encoded[bitmap.Length..]);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(magnitudes);
            ArrayPool<float>.Shared.Return(chosen);
        }
    }

    public void Decode(ReadOnlySpan<byte> encoded, Span<float> values, string what)
    {
        int count = Kept(values.Length);
        ReadOnlySpan<byte> bitmap = encoded[..Bitmap(values.Length)];
        int marked = 0;
        foreach (byte bits in bitmap)
        {
            marked += BitOperations.PopCount(bits);
        }

        if (marked != count || (values.Length % 8 != 0 && bitmap[^1] >> (values.Length % 8) != 0))
        {
            throw new AdapterFormatException(
                $"{what} marks {marked} of {values.Length} values as kept, expected {count} and none beyond the last value.");
        }

        float[] chosen = ArrayPool<float>.Shared.Rent(count);
        try
        {
            kept.Decode(encoded[bitmap.Length..], chosen.AsSpan(0, count), what);
            int next = 0;
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (bitmap[i / 8] >> (i % 8) & 1) == 0 ? 0 : chosen[next++];
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(chosen);
        }
    }

    private static int Bitmap(int count) => (int)(((long)count + 7) / 8);

    private int Kept(int count) => (int)((((long)count * percent) + 99) / 100);
}
