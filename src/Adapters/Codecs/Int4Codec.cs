namespace EdgeFlora.Adapters.Codecs;

/// <summary>
/// 4 bits a value and 2 bytes per block of 64: 4.25 bits a parameter. See <see cref="BlockScale"/>. Use it on differences and with error feedback.
/// </summary>
/// <remarks>A code −7 … 7 is stored plus 8, the earlier value of two in the low half of a byte; a missing last value counts as 0.</remarks>
internal sealed class Int4Codec : ITensorCodec
{
    private const int Levels = 7;

    private const int Offset = 8;

    public float Largest => BlockScale.Largest;

    public long EncodedLength(int count) => (((long)count + 1) / 2) + (BlockScale.Count(count) * BlockScale.Bytes);

    public void Encode(ReadOnlySpan<float> values, Span<byte> encoded)
    {
        Span<float> codes = stackalloc float[BlockScale.Size];
        while (!values.IsEmpty)
        {
            ReadOnlySpan<float> block = values[..Math.Min(BlockScale.Size, values.Length)];
            codes.Clear();
            BlockScale.Quantise(block, Levels, encoded, codes[..block.Length]);
            Span<byte> bytes = encoded.Slice(BlockScale.Bytes, (block.Length + 1) / 2);
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)(((int)codes[2 * i] + Offset) | (((int)codes[(2 * i) + 1] + Offset) << 4));
            }

            values = values[block.Length..];
            encoded = encoded[(BlockScale.Bytes + bytes.Length)..];
        }
    }

    public void Decode(ReadOnlySpan<byte> encoded, Span<float> values, string what)
    {
        while (!values.IsEmpty)
        {
            int count = Math.Min(BlockScale.Size, values.Length);
            float scale = BlockScale.Read(encoded, what);
            ReadOnlySpan<byte> bytes = encoded.Slice(BlockScale.Bytes, (count + 1) / 2);
            for (int i = 0; i < bytes.Length; i++)
            {
                int low = bytes[i] & 0xF, high = bytes[i] >> 4;
                bool padded = (2 * i) + 1 == count;
                if (low == 0 || high == 0 || (padded && high != Offset))
                {
                    throw new AdapterFormatException(
                        $"{what} has the byte 0x{bytes[i]:X2}, expected two codes −{Levels} … {Levels} plus {Offset}, and 0 for a missing last one.");
                }

                values[2 * i] = (low - Offset) * scale;
                if (!padded)
                {
                    values[(2 * i) + 1] = (high - Offset) * scale;
                }
            }

            values = values[count..];
            encoded = encoded[(BlockScale.Bytes + bytes.Length)..];
        }
    }
}
