namespace EdgeFlora.Adapters.Codecs;

/// <summary>What a payload says of itself, read from its header alone.</summary>
/// <param name="ReferenceHash">
/// <see cref="AdapterReference.Hash"/> of the adapter the values are differences to; null if they are the adapter's own.
/// </param>
/// <param name="LeftOut">Factors that are not in the payload because they are the reference's.</param>
public sealed record PayloadDescription(AdapterCodec Codec, string? ReferenceHash, AdapterShape Shape, FrozenFactors LeftOut);
