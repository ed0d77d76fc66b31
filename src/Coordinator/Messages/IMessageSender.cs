using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Coordinator.Messages;

/// <summary>The way to the broker, seen from the run.</summary>
internal interface IMessageSender
{
    /// <exception cref="Transport.Buses.QueueAbsentException">The agent has no queue.</exception>
    Task SendAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop)
        where T : class;

    Task PublishAsync(RunEvent happened, CancellationToken stop);
}
