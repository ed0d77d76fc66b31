using System.Diagnostics.CodeAnalysis;
using EdgeFlora.Contracts.Blobs;
using MassTransit;
using MassTransit.Serialization;

namespace EdgeFlora.Transport.Chunks;

/// <summary>One received chunk, in the form MassTransit hands to consumers.</summary>
internal sealed class BlobChunkSerializerContext(MessageBody body, Headers headers, Uri? destination) : BaseSerializerContext(
    SystemTextJsonMessageSerializer.Instance,
    new RawMessageContext(headers, destination, RawSerializerOptions.Default),
    [MessageUrn.ForTypeString<BlobChunk>()])
{
    public override bool TryGetMessage<T>(out T? message)
        where T : class
    {
        bool isChunk = TryGetMessage(typeof(T), out object? read);
        message = read as T;
        return isChunk;
    }

    public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
    {
        message = messageType == typeof(BlobChunk) ? BlobChunkWire.Read(headers, body.GetBytes()) : null;
        return message is not null;
    }

    public override IMessageSerializer GetMessageSerializer() => new CopyBodySerializer(BlobChunkWire.ContentType, body);

    public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) => GetMessageSerializer();

    public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) => GetMessageSerializer();

    public override Dictionary<string, object> ToDictionary<T>(T? message)
        where T : class => [];
}
