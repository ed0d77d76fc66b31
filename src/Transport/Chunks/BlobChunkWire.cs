using System.Globalization;
using System.Net.Mime;
using EdgeFlora.Contracts.Blobs;
using MassTransit;

namespace EdgeFlora.Transport.Chunks;

/// <summary>How a chunk lies on the wire: content as the body, everything else as transport headers.</summary>
internal static class BlobChunkWire
{
    public static readonly ContentType ContentType = new("application/vnd.edgeflora.chunk");

    private const string Agent = "ef-agent";
    private const string Sha256 = "ef-sha256";
    private const string Index = "ef-index";
    private const string ChunkSize = "ef-chunk-size";
    private const string ChunkSha256 = "ef-chunk-sha256";

    public static void Write(SendHeaders headers, BlobChunk chunk)
    {
        headers.Set(MessageHeaders.MessageType, MessageUrn.ForTypeString<BlobChunk>());
        headers.Set(Agent, chunk.AgentId);
        headers.Set(Sha256, chunk.Sha256);
        headers.Set(Index, chunk.Index.ToString(CultureInfo.InvariantCulture));
        headers.Set(ChunkSize, chunk.ChunkSize.ToString(CultureInfo.InvariantCulture));
        headers.Set(ChunkSha256, chunk.ChunkSha256);
    }

    /// <summary>
    /// Never throws: what is missing or no number is read as empty, −1 or 0, which the receiver refuses like any other wrong value.
    /// </summary>
    public static BlobChunk Read(Headers headers, byte[] body) => new()
    {
        AgentId = Text(headers, Agent),
        Sha256 = Text(headers, Sha256),
        Index = Number(headers, Index, -1),
        ChunkSize = Number(headers, ChunkSize, 0),
        ChunkSha256 = Text(headers, ChunkSha256),
        Content = body,
    };

    private static int Number(Headers headers, string name, int otherwise) =>
        int.TryParse(Text(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : otherwise;

    private static string Text(Headers headers, string name) =>
        headers.TryGetHeader(name, out object? value) ? value as string ?? "" : "";
}
