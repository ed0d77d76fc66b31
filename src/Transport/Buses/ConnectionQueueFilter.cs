using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace EdgeFlora.Transport.Buses;

/// <summary>Declares an empty queue that goes with the connection, once for each connection on which the endpoint is attached.</summary>
/// <remarks>On a channel of its own: the broker closes the one on which it refuses.</remarks>
internal sealed class ConnectionQueueFilter(Func<string> name, Action<string?> declared) : IFilter<ChannelContext>
{
    private IConnection? last;
    private string? queue;

    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        IConnection connection = context.ConnectionContext.Connection;
        if (!ReferenceEquals(connection, last))
        {
            queue = await DeclareAsync(connection, name(), context.CancellationToken);
            last = connection;
        }

        declared(queue);
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("connectionQueue");

    private static async Task<string?> DeclareAsync(IConnection connection, string queue, CancellationToken stop)
    {
        try
        {
            await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: stop);
            var limits = new Dictionary<string, object?> { ["x-max-length"] = 1 };
            await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: true, limits, cancellationToken: stop);
            return queue;
        }
        catch (Exception refused) when (BrokerAnswers.IsRefusal(refused))
        {
            return null;
        }
    }
}
