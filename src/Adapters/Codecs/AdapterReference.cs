using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>
/// An adapter that both sides hold, with the hash by which a payload of differences names it. The adapter must not change afterwards.
/// </summary>
/// <remarks>
/// If the broadcast itself was compressed, the reference is what came out of decoding it, on both sides: the coordinator's own, uncompressed copy is
/// another adapter.
/// </remarks>
public sealed class AdapterReference
{
    /// <exception cref="ArgumentException">A module's rank is not the adapter's.</exception>
    public AdapterReference(LoraAdapter adapter)
    {
        Shape = AdapterShape.Of(adapter);
        Adapter = adapter;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(PayloadHeader.Write(AdapterCodec.Parse("fp32"), referenceHash: null, Shape));
        foreach ((_, Memory<float> values) in AdapterTensors.Of(adapter))
        {
            hash.AppendData(MemoryMarshal.AsBytes(values.Span));
        }

        Hash = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public LoraAdapter Adapter { get; }

    public AdapterShape Shape { get; }

    /// <summary>SHA-256 of the adapter's <c>fp32</c> payload, lower-case hexadecimal.</summary>
    public string Hash { get; }
}
