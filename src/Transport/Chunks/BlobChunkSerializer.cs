using System.Net.Mime;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using EdgeFlora.Contracts.Blobs;
using MassTransit;

namespace EdgeFlora.Transport.Chunks;

/// <summary>Hands a chunk's bytes to the transport as they are; they are copied only if they do not fill their array.</summary>
internal sealed class BlobChunkSerializer : IMessageSerializer
{
    public ContentType ContentType => BlobChunkWire.ContentType;

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class
    {
        if (context.Message is not BlobChunk chunk)
        {
            throw new SerializationException($"{typeof(T).Name} is no {nameof(BlobChunk)} and has no raw body.");
        }

        BlobChunkWire.Write(context.Headers, chunk);
        return new BytesMessageBody(WholeArray(chunk.Content));
    }

    private static byte[] WholeArray(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : content.ToArray();
}
