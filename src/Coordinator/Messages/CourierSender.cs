using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Coordinator.Messages;

/// <summary>Sends over the bus.</summary>
internal sealed class CourierSender(Courier courier, MessageBus bus) : IMessageSender
{
    /// <summary>Messages an agent has not fetched by then speak of a state that is long past.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    public Task SendAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop)
        where T : class => courier.SendAsync(queue, message, header, Kept, stop);

    public Task PublishAsync(RunEvent happened, CancellationToken stop)
    {
        courier.Guard();
        return bus.Publish(happened, CancellationToken.None).WaitAsync(stop);
    }
}
