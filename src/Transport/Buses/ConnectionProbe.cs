using RabbitMQ.Client;

namespace EdgeFlora.Transport.Buses;

/// <summary>
/// Asks the broker which queues it no longer has. A queue that belongs to a connection goes with it: so this tells whose connection is gone.
/// </summary>
/// <remarks>
/// Each question is an empty message that expires at once, sent as mandatory and without confirms: the broker gives back what it has no queue for. It
/// answers the commands of a channel in their order, so what it has not given back when a command after them is answered has arrived.
/// Has a connection of its own. Asked by one caller at a time.
/// </remarks>
internal sealed class ConnectionProbe(BrokerOptions options, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly BasicProperties Passing = new() { Expiration = "0", DeliveryMode = DeliveryModes.Transient };

    private readonly Lock gate = new();
    private readonly List<string> returned = [];
    private IConnection? connection;
    private IChannel? channel;

    /// <summary>Those of some queues that the broker does not have; none in memory.</summary>
    /// <exception cref="Exception">Whatever RabbitMQ.Client throws where our own connection fails, which says nothing of anybody else's.</exception>
    public async Task<IReadOnlyList<string>> FindGoneAsync(IReadOnlyCollection<string> queues, CancellationToken stop)
    {
        if (options.InMemory || queues.Count == 0)
        {
            return [];
        }

        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            IChannel open = channel ??= await OpenAsync(either.Token);
            lock (gate)
            {
                returned.Clear();
            }

            foreach (string queue in queues)
            {
                await open.BasicPublishAsync(exchange: "", queue, mandatory: true, Passing, ReadOnlyMemory<byte>.Empty, either.Token);
            }

            await open.BasicQosAsync(prefetchSize: 0, prefetchCount: 1, global: false, either.Token);
            lock (gate)
            {
                return [.. returned];
            }
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task<IChannel> OpenAsync(CancellationToken stop)
    {
        connection = await BrokerProbe.OpenAsync(options, "edgeflora-connection-probe", clock, stop);
        IChannel opened = await connection.CreateChannelAsync(cancellationToken: stop);
        opened.BasicReturnAsync += (_, back) =>
        {
            lock (gate)
            {
                returned.Add(back.RoutingKey);
            }

            return Task.CompletedTask;
        };
        return opened;
    }

    private async Task CloseAsync()
    {
        IConnection? old = connection;
        (connection, channel) = (null, null);
        if (old is not null)
        {
            try
            {
                await old.DisposeAsync();
            }
#pragma warning disable CA1031 // It is given up, however it fails.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }
}
