using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>8 bits a value and 2 bytes per block of 64: 8.25 bits a parameter. See <see cref="BlockScale"/>.</summary>
internal sealed class Int8Codec : ITensorCodec
{
    private const int Levels = 127;

    public float Largest => BlockScale.Largest;

    public long EncodedLength(int count) => count + (BlockScale.Count(count) * BlockScale.Bytes);

    public void Encode(ReadOnlySpan<float> values, Span<byte> encoded)
    {
        Span<float> codes = stackalloc float[BlockScale.Size];
        while (!values.IsEmpty)
        {
            ReadOnlySpan<float> block = values[..Math.Min(BlockScale.Size, values.Length)];
            BlockScale.Quantise(block, Levels, encoded, codes[..block.Length]);
            Span<sbyte> bytes = MemoryMarshal.Cast<byte, sbyte>(encoded.Slice(BlockScale.Bytes, block.Length));
            TensorPrimitives.ConvertSaturating<float, sbyte>(codes[..block.Length], bytes);
            values = values[block.Length..];
            encoded = encoded[(BlockScale.Bytes + block.Length)..];
        }
    }

    public void Decode(ReadOnlySpan<byte> encoded, Span<float> values, string what)
    {
        while (!values.IsEmpty)
        {
            int count = Math.Min(BlockScale.Size, values.Length);
            float scale = BlockScale.Read(encoded, what);
            ReadOnlySpan<sbyte> codes = MemoryMarshal.Cast<byte, sbyte>(encoded.Slice(BlockScale.Bytes, count));
            if (codes.Contains(sbyte.MinValue))
            {
                throw new AdapterFormatException($"{what} has the code {sbyte.MinValue}, expected −{Levels} … {Levels}.");
            }

            for (int i = 0; i < count; i++)
            {
                values[i] = codes[i] * scale;
            }

            values = values[count..];
            encoded = encoded[(BlockScale.Bytes + count)..];
        }
    }
}
