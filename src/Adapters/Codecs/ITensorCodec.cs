namespace EdgeFlora.Adapters.Codecs;

/// <summary>
/// Values of one tensor ↔ bytes. The length depends on the number of values alone, so that a payload's length can be checked before anything is
/// allocated.
/// </summary>
internal interface ITensorCodec
{
    /// <summary>Largest magnitude that <see cref="Encode"/> takes and <see cref="Decode"/> gives back finite.</summary>
    float Largest { get; }

    long EncodedLength(int count);

    /// <param name="values">Finite, of magnitude at most <see cref="Largest"/>.</param>
    /// <param name="encoded">Exactly <see cref="EncodedLength"/> bytes.</param>
    void Encode(ReadOnlySpan<float> values, Span<byte> encoded);

    /// <param name="encoded">Exactly <see cref="EncodedLength"/> bytes of unknown origin.</param>
    /// <param name="what">The tensor, for messages.</param>
    /// <exception cref="AdapterFormatException">
    /// Bytes that <see cref="Encode"/> never writes. Non-finite results are left to the caller, who sees them after adding the reference.
    /// </exception>
    void Decode(ReadOnlySpan<byte> encoded, Span<float> values, string what);
}
