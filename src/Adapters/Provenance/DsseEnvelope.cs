using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeFlora.Adapters.Provenance;

/// <summary>A signed payload, as the Dead Simple Signing Envelope 1.0 lays it out (github.com/secure-systems-lab/dsse).</summary>
/// <param name="PayloadType">What the payload is, a media type.</param>
/// <param name="KeyId">Names the key; not signed itself.</param>
internal sealed record DsseEnvelope(string PayloadType, byte[] Payload, string KeyId, byte[] Signature)
{
    private const int MaxDepth = 8;

    /// <summary>What is signed: the pre-authentication encoding of type and payload.</summary>
    public static byte[] Signed(string payloadType, byte[] payload) =>
    [
        .. Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(payloadType)} {payloadType} {payload.Length} ")),
        .. payload,
    ];

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        payloadType = PayloadType,
        payload = Convert.ToBase64String(Payload),
        signatures = new[] { new { keyid = KeyId, sig = Convert.ToBase64String(Signature) } },
    });

    /// <summary>
    /// Reads an envelope with one signature, as <see cref="Write"/> lays it out byte by byte: of several texts for one value, all but one would be
    /// somebody's change.
    /// </summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static DsseEnvelope Read(ReadOnlyMemory<byte> file)
    {
        try
        {
            using var document = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = MaxDepth });
            JsonElement root = document.RootElement;
            JsonElement signatures = root.GetProperty("signatures");
            DsseEnvelope envelope = signatures.GetArrayLength() == 1
                ? new DsseEnvelope(
                    root.GetProperty("payloadType").GetString() ?? throw new FormatException("payloadType is null"),
                    root.GetProperty("payload").GetBytesFromBase64(),
                    signatures[0].GetProperty("keyid").GetString() ?? throw new FormatException("keyid is null"),
                    signatures[0].GetProperty("sig").GetBytesFromBase64())
                : throw new FormatException($"it has {signatures.GetArrayLength()} signatures, expected 1");
            return file.Span.SequenceEqual(envelope.Write())
                ? envelope
                : throw new FormatException("it says what an envelope says, but not in the bytes that EdgeFlora writes: it was changed");
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"it is no signed envelope ({other.Message})", other);
        }
    }
}
