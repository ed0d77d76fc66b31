using System.Numerics.Tensors;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>
/// Payloads of unknown origin back to adapters. Throws nothing but <see cref="AdapterFormatException"/> for what it is given, and allocates nothing
/// on a payload's word.
/// </summary>
public static class AdapterPayload
{
    /// <summary>Reads the header and checks that the payload is exactly as long as it says.</summary>
    /// <remarks>
    /// For a receiver who cannot know the shape beforehand; it may then pass <see cref="PayloadDescription.Shape"/> to <see cref="Decode"/>.
    /// </remarks>
    /// <param name="maxParameters">
    /// Most values an adapter may have; a payload of a kept one in a hundred is 30 times smaller than what it decodes to.
    /// </param>
    /// <exception cref="AdapterFormatException">Malformed, of another length, or larger than allowed.</exception>
    public static PayloadDescription Describe(ReadOnlySpan<byte> payload, long maxParameters)
    {
        PayloadDescription description = ReadHeader(payload, out int dataStart);
        RequireLength(description, payload.Length - dataStart);
        return description.Shape.ParameterCount <= maxParameters
            ? description
            : throw new AdapterFormatException(
                $"The payload holds {description.Shape.ParameterCount} parameters, at most {maxParameters} are allowed.");
    }

    /// <summary>Decodes an adapter of a known shape.</summary>
    /// <param name="expected">What the adapter must be, up to the order of its target modules.</param>
    /// <param name="reference">Needed if the payload holds differences, else unused.</param>
    /// <exception cref="AdapterFormatException">
    /// Malformed, another shape, another reference, or a value that is not finite; the message says which and what would be right.
    /// </exception>
    /// <exception cref="ArgumentException">The caller's reference is not of the expected shape.</exception>
    public static LoraAdapter Decode(ReadOnlySpan<byte> payload, AdapterShape expected, AdapterReference? reference = null)
    {
        ArgumentNullException.ThrowIfNull(expected);
        PayloadDescription description = ReadHeader(payload, out int dataStart);
        if (description.Shape.DifferenceFrom(expected) is { } difference)
        {
            throw new AdapterFormatException($"The payload holds another adapter: {difference}.");
        }

        RequireLength(description, payload.Length - dataStart);
        AdapterReference? start = description.ReferenceHash is null ? null : reference;
        RequireReference(description, reference);
        if (start?.Shape.DifferenceFrom(expected) is { } mismatch)
        {
            throw new ArgumentException($"The reference is of another shape: {mismatch}.", nameof(reference));
        }

        return DecodeValues(payload[dataStart..], description, expected, start);
    }

    private static PayloadDescription ReadHeader(ReadOnlySpan<byte> payload, out int dataStart)
    {
        var reader = new PayloadReader(payload);
        PayloadDescription description = PayloadHeader.Read(ref reader);
        dataStart = payload.Length - reader.Remaining;
        return description;
    }

    private static void RequireLength(PayloadDescription description, int actual)
    {
        long expected = description.Codec.DataLength(description.Shape, description.LeftOut);
        if (actual != expected)
        {
            throw new AdapterFormatException($"The payload has {actual} bytes of values, expected {expected} for {description.Shape.ParameterCount} "
                + $"parameters as {description.Codec.Name}.");
        }
    }

    private static void RequireReference(PayloadDescription description, AdapterReference? reference)
    {
        if (description.ReferenceHash is null && description.Codec.NeedsReference)
        {
            throw new AdapterFormatException($"The payload is {description.Codec.Name} but no difference; expected the hash of its reference.");
        }

        if (description.ReferenceHash is { } hash && hash != reference?.Hash)
        {
            throw new AdapterFormatException($"The payload is a difference to the adapter {hash}, at hand is {reference?.Hash ?? "none"}.");
        }
    }

    private static LoraAdapter DecodeValues(ReadOnlySpan<byte> data, PayloadDescription description, AdapterShape shape, AdapterReference? start)
    {
        ITensorCodec codec = description.Codec.Tensors;
        bool[] leftOut = AdapterTensors.Frozen(shape, description.LeftOut);
        int tensor = 0;
        LoraAdapter adapter = shape.CreateZero();
        using IEnumerator<(string Name, Memory<float> Values)> starts = (start is null ? [] : AdapterTensors.Of(start.Adapter)).GetEnumerator();
        foreach ((string name, Memory<float> values) in AdapterTensors.Of(adapter))
        {
            if (!leftOut[tensor++])
            {
                int size = (int)codec.EncodedLength(values.Length);
                codec.Decode(data[..size], values.Span, name);
                data = data[size..];
            }

            if (starts.MoveNext())
            {
                TensorPrimitives.Add(values.Span, starts.Current.Values.Span, values.Span);
            }

            FiniteValues.Check(values.Span, float.MaxValue, name, "decoded");
        }

        return adapter;
    }
}
