using System.Net.Mime;
using MassTransit;

namespace EdgeFlora.Transport.Chunks;

/// <summary>Lets <see cref="EdgeFlora.Contracts.Blobs.BlobChunk"/> travel as a raw binary body. All other messages stay JSON.</summary>
internal sealed class BlobChunkSerializerFactory : ISerializerFactory
{
    public ContentType ContentType => BlobChunkWire.ContentType;

    public IMessageSerializer CreateSerializer() => new BlobChunkSerializer();

    public IMessageDeserializer CreateDeserializer() => new BlobChunkDeserializer();
}
