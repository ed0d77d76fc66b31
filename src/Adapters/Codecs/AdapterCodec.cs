using System.Globalization;
using System.Numerics.Tensors;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>A named way to turn an adapter into bytes; <see cref="AdapterPayload"/> is the way back.</summary>
/// <remarks>
/// Bits a parameter: <c>fp32</c> 32 (exact), <c>fp16</c> and <c>bf16</c> 16, <c>int8</c> 8.25, <c>int4</c> 4.25,
/// <c>topk:N</c> (N percent kept, differences only) 1 + 0.0825 N. All round to nearest even; same adapter, same bytes.
/// </remarks>
public sealed class AdapterCodec
{
    private const string TopKPrefix = "topk:";

    private readonly ITensorCodec tensors;

    private AdapterCodec(string name, ITensorCodec tensors)
    {
        Name = name;
        this.tensors = tensors;
    }

    /// <summary>The names taken by <see cref="Parse"/>, for messages.</summary>
    public const string Names = "fp32, fp16, bf16, int8, int4, topk:1 … topk:99";

    public string Name { get; }

    /// <summary>Whether the codec drops values, and so makes sense for differences only.</summary>
    public bool NeedsReference => tensors is TopKCodec;

    internal ITensorCodec Tensors => tensors;

    /// <exception cref="AdapterFormatException">No codec has this name; the message lists those there are.</exception>
    public static AdapterCodec Parse(string name) => name switch
    {
        "fp32" => new(name, new FloatCodec(TensorType.F32)),
        "fp16" => new(name, new FloatCodec(TensorType.F16)),
        "bf16" => new(name, new FloatCodec(TensorType.BF16)),
        "int8" => new(name, new Int8Codec()),
        "int4" => new(name, new Int4Codec()),
        _ when Percent(name) is { } percent => new(name, new TopKCodec(percent)),
        _ => throw new AdapterFormatException($"The codec is '{TensorName.Shorten(name)}', expected one of {Names}."),
    };

    /// <summary>Exact length of every payload of this codec for adapters of this shape, in bytes: what a received size can be checked against.</summary>
    public long PayloadLength(AdapterShape shape, bool difference)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return PayloadHeader.Write(this, difference ? new string('0', 64) : null, shape).Length + DataLength(shape);
    }

    /// <summary>Encodes the adapter, or its difference to <paramref name="reference"/>, which then must be at hand to decode it.</summary>
    /// <exception cref="AdapterFormatException">A value is not finite or beyond the codec's range, or the payload would exceed 2 GiB.</exception>
    /// <exception cref="ArgumentException">The reference has another shape, or is missing though the codec needs one.</exception>
    public byte[] Encode(LoraAdapter adapter, AdapterReference? reference = null)
    {
        AdapterShape shape = AdapterShape.Of(adapter);
        RequireFit(shape, reference);
        var values = AdapterTensors.Of(adapter);
        if (reference is not null)
        {
            values = [.. values.Zip(AdapterTensors.Of(reference.Adapter), (a, b) => (a.Name, Difference(a.Values, b.Values)))];
        }

        return Encode(shape, reference, values);
    }

    /// <param name="values">What to encode, in the order of <see cref="AdapterTensors"/>; differences already, if there is a reference.</param>
    internal byte[] Encode(AdapterShape shape, AdapterReference? reference, List<(string Name, Memory<float> Values)> values)
    {
        byte[] header = PayloadHeader.Write(this, reference?.Hash, shape);
        long length = header.Length + DataLength(shape);
        if (length > Array.MaxLength)
        {
            throw new AdapterFormatException($"The adapter takes {length} bytes as {Name}, at most {Array.MaxLength} make one payload.");
        }

        byte[] payload = new byte[length];
        header.CopyTo(payload, 0);
        int position = header.Length;
        foreach ((string name, Memory<float> tensor) in values)
        {
            FiniteValues.Check(tensor.Span, tensors.Largest, name, Name);
            int size = (int)tensors.EncodedLength(tensor.Length);
            tensors.Encode(tensor.Span, payload.AsSpan(position, size));
            position += size;
        }

        return payload;
    }

    internal long DataLength(AdapterShape shape) => AdapterTensors.Counts(shape).Sum(tensors.EncodedLength);

    internal void RequireFit(AdapterShape shape, AdapterReference? reference)
    {
        if (reference is null)
        {
            if (NeedsReference)
            {
                throw new ArgumentException($"The codec {Name} drops most values, so it encodes differences to a reference only.", nameof(reference));
            }
        }
        else if (reference.Shape.DifferenceFrom(shape) is { } difference)
        {
            throw new ArgumentException($"The reference is of another shape: {difference}.", nameof(reference));
        }
    }

    private static Memory<float> Difference(Memory<float> a, Memory<float> b)
    {
        float[] difference = new float[a.Length];
        TensorPrimitives.Subtract(a.Span, b.Span, difference);
        return difference;
    }

    private static int? Percent(string name) =>
        name.StartsWith(TopKPrefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(TopKPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int percent)
        && percent is >= 1 and <= 99
        && name[TopKPrefix.Length] != '0'
            ? percent
            : null;
}
