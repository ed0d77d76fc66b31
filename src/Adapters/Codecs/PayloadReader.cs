using System.Buffers.Binary;
using System.Text;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>Takes little-endian fields off bytes of unknown origin; never reads past their end, never allocates more than they hold.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> rest = bytes;

    public readonly int Remaining => rest.Length;

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
        {
            throw new AdapterFormatException($"The payload ends {count - rest.Length} bytes early.");
        }

        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    /// <summary>A 32-bit number that is a dimension or a count.</summary>
    public int Positive(string what)
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return value is >= 1 and <= int.MaxValue
            ? (int)value
            : throw new AdapterFormatException($"The payload's {what} is {value}, expected 1 … {int.MaxValue}.");
    }

    /// <summary>A name: 16-bit length in bytes, then UTF-8.</summary>
    public string Name()
    {
        string name;
        try
        {
            name = Strict.GetString(Take(UInt16()));
        }
        catch (DecoderFallbackException e)
        {
            throw new AdapterFormatException("The payload holds a name that is not valid UTF-8.", e);
        }

        TensorName.Check(name, "The payload");
        return name;
    }

    /// <summary>A 16-bit count and as many names, each greater than the one before it.</summary>
    public List<string> Names()
    {
        var names = new List<string>();
        for (int count = UInt16(); count > 0; count--)
        {
            string name = Name();
            RequireOrder(names.Count > 0 ? names[^1] : null, name);
            names.Add(name);
        }

        return names;
    }

    /// <summary>One adapter has one payload: names come in ordinal order and once each.</summary>
    public static void RequireOrder(string? previous, string name)
    {
        if (previous is not null && string.CompareOrdinal(previous, name) >= 0)
        {
            throw new AdapterFormatException($"The payload names '{name}' after '{previous}', expected ordinal order and no name twice.");
        }
    }
}
