using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using MassTransit;
using MassTransit.Context;

namespace EdgeFlora.Transport.Buses;

/// <summary>Sends messages to queues by name. On RabbitMQ a send returns once the broker has confirmed the message.</summary>
/// <remarks>
/// While the broker is away a send waits for it, up to its patience. The caller's token ends the waiting only, never the publish itself:
/// a publish cancelled half-way upsets the tracking of confirms (rabbitmq-dotnet-client#1900). So a send that ended in an exception may still arrive.
/// </remarks>
public sealed class Courier
{
    private readonly ISendEndpointProvider bus;
    private readonly TimeProvider clock;
    private readonly TimeSpan patience;
    private readonly SendingUser? user;

    /// <param name="patience">Longest to wait for one send.</param>
    /// <param name="user">As whom it sends; null: messages go to the queues at once, and do not say who sent them.</param>
    public Courier(MessageBus bus, TimeProvider clock, TimeSpan patience, SendingUser? user = null)
        : this((bus ?? throw new ArgumentNullException(nameof(bus))).Sending, clock, patience, user)
    {
    }

    internal Courier(ISendEndpointProvider bus, TimeProvider clock, TimeSpan patience, SendingUser? user = null) =>
        (this.bus, this.clock, this.patience, this.user) = (bus, clock, patience, user);

    /// <summary>Called before each message leaves; what it throws keeps the message and is thrown to the sender. Default: all may leave.</summary>
    public Action Guard { get; init; } = static () => { };

    /// <summary>Sends a control message that must arrive.</summary>
    /// <param name="timeToLive">How long the broker keeps it for an absent receiver; null: as long as the queue does.</param>
    /// <exception cref="QueueAbsentException">RabbitMQ has no such queue.</exception>
    /// <exception cref="TimeoutException">The broker did not confirm in time.</exception>
    public Task SendAsync<T>(string queue, T message, MessageHeader header, TimeSpan? timeToLive, CancellationToken stop)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(header);
        return SendAsync(
            queue,
            message,
            context =>
            {
                context.MessageId = header.MessageId;
                context.TimeToLive = timeToLive;
                Require(context);
            },
            stop);
    }

    /// <summary>Sends something that may be lost: heartbeats, progress.</summary>
    public Task SendTransientAsync<T>(string queue, T message, MessageHeader header, CancellationToken stop)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(header);
        return SendAsync(
            queue,
            message,
            context =>
            {
                context.MessageId = header.MessageId;
                context.Durable = false;
            },
            stop);
    }

    /// <summary>Sends a chunk as a raw binary body, not kept over a restart of the broker: the receiver asks again for what it lacks.</summary>
    /// <exception cref="QueueAbsentException">RabbitMQ has no such queue.</exception>
    public Task SendChunkAsync(string queue, BlobChunk chunk, CancellationToken stop) => SendAsync(
        queue,
        chunk,
        context =>
        {
            context.Durable = false;
            Require(context);
        },
        stop);

    private static void Require<T>(SendContext<T> context)
        where T : class
    {
        if (context is MessageSendContext<T> message)
        {
            message.Mandatory = true;
        }
    }

    /// <summary>Says where it goes and who sends it. The broker refuses a message whose sender is not the connection's user.</summary>
    private void Address<T>(SendContext<T> context, string queue, Action<SendContext<T>> configure)
        where T : class
    {
        configure(context);
        if (user is not null && context.TryGetPayload(out RabbitMqSendContext? rabbit))
        {
            rabbit.BasicProperties.UserId = user.Name;
            if (user.Exchange is not null)
            {
                rabbit.RoutingKey = queue;
            }
        }
    }

    private async Task SendAsync<T>(string queue, T message, Action<SendContext<T>> configure, CancellationToken stop)
        where T : class
    {
        Guard();

        // An exchange of the queue's name leads to it; "queue:" would declare the queue again without its arguments and be refused.
        try
        {
            ISendEndpoint endpoint = await bus.GetSendEndpoint(new Uri("exchange:" + (user?.Exchange ?? queue))).WaitAsync(patience, clock, stop);
            await endpoint.Send(message, Pipe.Execute<SendContext<T>>(context => Address(context, queue, configure)), CancellationToken.None)
                .WaitAsync(patience, clock, stop);
        }
        catch (MessageReturnedException returned)
        {
            throw new QueueAbsentException($"The broker has no queue {queue}.", returned);
        }
        catch (Exception late) when (late is TimeoutException || (late is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // RabbitMQ.Client calls its own time-outs cancellations, though nobody asked it to stop.
            throw new TimeoutException($"The broker did not confirm a message for {queue} in time.", late);
        }
    }
}
