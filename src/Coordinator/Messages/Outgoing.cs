using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Coordinator.Messages;

/// <summary>A message on its way out.</summary>
/// <param name="Agent">Agent it is for, if known.</param>
/// <param name="OutboxId">Its row in the outbox; absent for answers, which are sent once.</param>
internal sealed record Outgoing(object Message, Func<IMessageSender, CancellationToken, Task> Send, string? Agent, long? OutboxId = null)
{
    public static Outgoing To<T>(string queue, T message, MessageHeader header)
        where T : class => new(message, (sender, stop) => sender.SendAsync(queue, message, header, stop), header.AgentId);

    /// <param name="tried">Completes once it was sent, or could not be.</param>
    public static Outgoing To<T>(string queue, T message, MessageHeader header, TaskCompletionSource tried)
        where T : class => new(
            message,
            async (sender, stop) =>
            {
                try
                {
                    await sender.SendAsync(queue, message, header, stop);
                }
                finally
                {
                    tried.TrySetResult();
                }
            },
            header.AgentId);

    public static Outgoing Publish(RunEvent happened) => new(happened, (sender, stop) => sender.PublishAsync(happened, stop), Agent: null);
}
