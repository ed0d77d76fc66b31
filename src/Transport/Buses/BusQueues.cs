using EdgeFlora.Contracts;
using MassTransit;
using MassTransit.Middleware;
using RabbitMQ.Client;

namespace EdgeFlora.Transport.Buses;

/// <summary>Declares queues and attaches consumers to them, with the same call on RabbitMQ and in memory.</summary>
public static class BusQueues
{
    private const int AgentControlLength = 32;
    private const int AgentChunksLength = 64;
    private const int IntakeLength = 100_000;
    private const int PresenceLength = 100_000;
    private const long IntakeChunksBytes = 1L << 30;
    private const int DeadLetterLength = 10_000;
    private const int DeliveryLimit = 8;

    /// <summary>Queue of letters the intake could not take (see <see cref="QueueKind.Intake"/>).</summary>
    public const string DeadLetters = "ef.dlq";

    /// <summary>Queue on which an agent takes chunks, beside its control queue.</summary>
    public static string ChunksOf(string agentQueue) => agentQueue + ".chunks";

    /// <summary>
    /// Declares <paramref name="queue"/> and begins to consume it. Stop the returned handle to stop consuming; messages sent meanwhile wait in the
    /// queue.
    /// </summary>
    /// <remarks>
    /// Nothing is bound by message type: senders address the queue (<see cref="Courier"/>). At the intake a message whose consumer throws
    /// <see cref="NotStoredException"/> is delivered again, up to a limit and then to <see cref="DeadLetters"/>; one whose consumer throws anything
    /// else goes to <c>QUEUE_error</c>, and one of unknown type to <c>QUEUE_skipped</c>; elsewhere both are logged and dropped, for what matters
    /// there is sent again until it is answered, and nobody would ever look into a thousand agents' error queues. All queues are durable: RabbitMQ 4
    /// deprecates queues that are neither durable nor exclusive. What may be lost is sent as transient messages.
    /// </remarks>
    internal static HostReceiveEndpointHandle ConnectQueue(
        this IReceiveConnector bus, string queue, QueueKind kind, Action<IReceiveEndpointConfigurator> configure)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(configure);
        return bus.ConnectReceiveEndpoint(queue, endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PublishFaults = false;
            if (kind == QueueKind.Intake)
            {
                endpoint.ConfigureError(pipe =>
                {
                    pipe.UseFilter(new RequeueFilter());
                    pipe.UseFilter(new ErrorTransportFilter());
                });
            }
            else
            {
                endpoint.DiscardFaultedMessages();
                endpoint.DiscardSkippedMessages();
            }

            endpoint.PrefetchCount = kind is QueueKind.AgentChunks or QueueKind.IntakeChunks ? 4 : 16;
            if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
            {
                Shape(rabbit, kind);
                if (kind is QueueKind.Fleet or QueueKind.Presence or QueueKind.Intake or QueueKind.IntakeChunks)
                {
                    Lead(rabbit, queue);
                }
            }

            configure(endpoint);
        });
    }

    private static void Shape(IRabbitMqReceiveEndpointConfigurator queue, QueueKind kind)
    {
        switch (kind)
        {
            case QueueKind.AgentControl:
                queue.QueueExpiration = TimeSpan.FromDays(7);
                Bound(queue, "x-max-length", AgentControlLength, "drop-head");
                break;
            case QueueKind.AgentChunks:
                queue.QueueExpiration = TimeSpan.FromDays(7);
                queue.SetQueueArgument("x-message-ttl", (int)TimeSpan.FromMinutes(10).TotalMilliseconds);
                Bound(queue, "x-max-length", AgentChunksLength, "drop-head");
                break;
            case QueueKind.Intake:
                queue.SetQuorumQueue();
                queue.SetQueueArgument("x-delivery-limit", DeliveryLimit);
                queue.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
                queue.BindDeadLetterQueue(DeadLetters, DeadLetters, letters => letters.SetQueueArgument("x-max-length", DeadLetterLength));
                Bound(queue, "x-max-length", IntakeLength, "reject-publish");
                break;
            case QueueKind.IntakeChunks:
                queue.SetQueueArgument("x-message-ttl", (int)TimeSpan.FromMinutes(10).TotalMilliseconds);
                Bound(queue, "x-max-length-bytes", IntakeChunksBytes, "drop-head");
                break;
            case QueueKind.Fleet:
                queue.ExclusiveConsumer = true;
                Bound(queue, "x-max-length", PresenceLength, "drop-head");
                break;
            case QueueKind.Presence:
                queue.SetQueueArgument("x-message-ttl", (int)TimeSpan.FromSeconds(60).TotalMilliseconds);
                Bound(queue, "x-max-length", PresenceLength, "drop-head");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }

    /// <summary>What enrolled agents send comes through their own exchanges, with the queue's name as routing key.</summary>
    private static void Lead(IRabbitMqReceiveEndpointConfigurator queue, string name) => queue.Bind(Queues.Up, way =>
    {
        way.ExchangeType = ExchangeType.Direct;
        way.Durable = true;
        way.RoutingKey = name;
    });

    private static void Bound(IRabbitMqReceiveEndpointConfigurator queue, string argument, long limit, string overflow)
    {
        queue.SetQueueArgument(argument, limit);
        queue.SetQueueArgument("x-overflow", overflow);
    }
}
