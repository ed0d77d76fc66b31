using MassTransit;

namespace EdgeFlora.Transport.Buses;

/// <summary>A message as it came off a queue.</summary>
public sealed class ReceivedMessage<T>
    where T : class
{
    private readonly ConsumeContext<T> context;

    internal ReceivedMessage(ConsumeContext<T> context) => this.context = context;

    public T Message => context.Message;

    /// <summary>The user that the broker has checked the message to be from; null: the sender did not say, or there is no broker.</summary>
    public string? User => context.TryGetPayload(out RabbitMqBasicConsumeContext? rabbit) ? rabbit.Properties.UserId : null;

    /// <summary>Asks the handler to give up.</summary>
    public CancellationToken CancellationToken => context.CancellationToken;
}
