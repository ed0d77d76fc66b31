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

    /// <param name="patience">Longest to wait for one send.</param>
    public Courier(MessageBus bus, TimeProvider clock, TimeSpan patience)
        : this((bus ?? throw new ArgumentNullException(nameof(bus))).Sending, clock, patience)
    {
    }

    internal Courier(ISendEndpointProvider bus, TimeProvider clock, TimeSpan patience) => (this.bus, this.clock, this.patience) = (bus, clock, patience);

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

    private async Task SendAsync<T>(string queue, T message, Action<SendContext<T>> configure, CancellationToken stop)
        where T : class
    {
        // An exchange of the queue's name leads to it; "queue:" would declare the queue again without its arguments and be refused.
        try
        {
            ISendEndpoint endpoint = await bus.GetSendEndpoint(new Uri("exchange:" + queue)).WaitAsync(patience, clock, stop);
            await endpoint.Send(message, Pipe.Execute(configure), CancellationToken.None).WaitAsync(patience, clock, stop);
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
