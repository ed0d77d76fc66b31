using System.Net.Mime;
using System.Text;
using MassTransit;
using MassTransit.Serialization;

namespace EdgeFlora.Transport.Chunks;

/// <summary>Reads a chunk back from body and headers.</summary>
internal sealed class BlobChunkDeserializer : IMessageDeserializer
{
    public ContentType ContentType => BlobChunkWire.ContentType;

    public ConsumeContext Deserialize(ReceiveContext receiveContext) =>
        new BodyConsumeContext(receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        new BlobChunkSerializerContext(body, headers, destinationAddress);

    public MessageBody GetMessageBody(string text) => new BytesMessageBody(Encoding.UTF8.GetBytes(text));

    public void Probe(ProbeContext context) => context.CreateScope("blob-chunk").Add("contentType", ContentType.MediaType);
}
