using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>Values as fp32, fp16 or bf16, rounded to nearest even.</summary>
internal sealed class FloatCodec(TensorType type) : ITensorCodec
{
    public float Largest => SinglePrecision.Largest(type);

    public long EncodedLength(int count) => (long)count * type.Bytes();

    public void Encode(ReadOnlySpan<float> values, Span<byte> encoded) => SinglePrecision.Narrow(type, values, encoded);

    public void Decode(ReadOnlySpan<byte> encoded, Span<float> values, string what) => SinglePrecision.Widen(type, encoded, values);
}
