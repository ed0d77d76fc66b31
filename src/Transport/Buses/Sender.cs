using MassTransit;

namespace EdgeFlora.Transport.Buses;

/// <summary>Who a broker says has sent a message.</summary>
public static class Sender
{
    /// <summary>The user that the broker has checked the message to be from; null: the sender did not say, or there is no broker.</summary>
    public static string? UserOf(ConsumeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.TryGetPayload(out RabbitMqBasicConsumeContext? rabbit) ? rabbit.Properties.UserId : null;
    }
}
