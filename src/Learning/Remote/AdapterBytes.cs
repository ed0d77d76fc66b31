using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Learning.Remote;

/// <summary>Adapters between proxy and worker: exact, and checked like any that comes from outside.</summary>
internal static class AdapterBytes
{
    public static byte[] Encode(LoraAdapter adapter) => AdapterCodec.Parse("fp32").Encode(adapter);

    /// <exception cref="InvalidDataException">Malformed, or a value is not finite.</exception>
    public static LoraAdapter Decode(ReadOnlySpan<byte> payload)
    {
        try
        {
            // A payload of exact values cannot claim more of them than it has bytes for.
            return AdapterPayload.Decode(payload, AdapterPayload.Describe(payload, payload.Length / sizeof(float)).Shape);
        }
        catch (AdapterFormatException malformed)
        {
            throw new InvalidDataException(malformed.Message, malformed);
        }
    }
}
