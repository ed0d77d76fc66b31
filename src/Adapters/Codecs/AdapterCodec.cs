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

    /// <summary>
    /// Exact length of every payload of this codec for adapters of this shape, in bytes: what a received size can be checked against.
    /// </summary>
    /// <param name="leftOut">Factors that differences leave out; null for none.</param>
    public long PayloadLength(AdapterShape shape, bool difference, FrozenFactors? leftOut = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return PayloadHeader.Write(this, difference ? new string('0', 64) : null, shape, leftOut).Length + DataLength(
            shape, leftOut ?? FrozenFactors.None);
    }

    /// <summary>Encodes the adapter, or its difference to <paramref name="reference"/>, which then must be at hand to decode it.</summary>
    /// <exception cref="AdapterFormatException">A value is not finite or beyond the codec's range, or the payload would exceed 2 GiB.</exception>
    /// <exception cref="ArgumentException">
    /// The reference has another shape, or is missing though the codec or <paramref name="leftOut"/> needs one; or a factor to leave out is not the
    /// reference's.
    /// </exception>
    /// <param name="leftOut">
    /// Factors equal to the reference's, which the payload need not hold: who decodes it takes them from there. Null for none.
    /// </param>
    public byte[] Encode(LoraAdapter adapter, AdapterReference? reference = null, FrozenFactors? leftOut = null)
    {
        AdapterShape shape = AdapterShape.Of(adapter);
        RequireFit(shape, reference);
        RequireEqual(adapter, reference, leftOut);
        var values = AdapterTensors.Of(adapter);
        if (reference is not null)
        {
            values = [.. values.Zip(AdapterTensors.Of(reference.Adapter), (a, b) => (a.Name, Difference(a.Values, b.Values)))];
        }

        return Encode(shape, reference, values, leftOut);
    }

    /// <param name="values">What to encode, in the order of <see cref="AdapterTensors"/>; differences already, if there is a reference.</param>
    /// <param name="leftOut">Factors passed over.</param>
    internal byte[] Encode(AdapterShape shape, AdapterReference? reference, List<(string Name, Memory<float> Values)> values, FrozenFactors? leftOut)
    {
        byte[] header = PayloadHeader.Write(this, reference?.Hash, shape, leftOut);
        bool[] absent = AdapterTensors.Frozen(shape, leftOut ?? FrozenFactors.None);
        long length = header.Length + DataLength(shape, leftOut ?? FrozenFactors.None);
        if (length > Array.MaxLength)
        {
            throw new AdapterFormatException($"The adapter takes {length} bytes as {Name}, at most {Array.MaxLength} make one payload.");
        }

        byte[] payload = new byte[length];
        header.CopyTo(payload, 0);
        int position = header.Length;
        foreach ((string name, Memory<float> tensor) in values.Where((_, i) => !absent[i]))
        {
            FiniteValues.Check(tensor.Span, tensors.Largest, name, Name);
            int size = (int)tensors.EncodedLength(tensor.Length);
            tensors.Encode(tensor.Span, payload.AsSpan(position, size));
            position += size;
        }

        return payload;
    }

    internal long DataLength(AdapterShape shape, FrozenFactors leftOut) =>
        AdapterTensors.Counts(shape).Zip(AdapterTensors.Frozen(shape, leftOut), (count, absent) => absent ? 0 : tensors.EncodedLength(count)).Sum();

    /// <exception cref="ArgumentException">What is to be left out could not be restored.</exception>
    internal static void RequireEqual(LoraAdapter adapter, AdapterReference? reference, FrozenFactors? leftOut)
    {
        if (leftOut is null || leftOut.Equals(FrozenFactors.None))
        {
            return;
        }

        if (reference is null)
        {
            throw new ArgumentException("Factors are left out of differences only: the payload would not hold them.", nameof(reference));
        }

        if (leftOut.FirstChange(reference.Adapter, adapter) is { } changed)
        {
            throw new ArgumentException($"{changed} is not the reference's, so it cannot be left out.", nameof(leftOut));
        }
    }

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
