using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Contracts.Api;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Transport.Buses;

/// <summary>Asks the broker how many messages wait in queues, and who reads them. Changes nothing.</summary>
public sealed class QueueProbe(BrokerOptions options, TimeProvider clock)
{
    /// <returns>One for each name, in their order; none on a bus in memory.</returns>
    /// <exception cref="Exception">Whatever RabbitMQ.Client throws where the broker is not reached or refuses.</exception>
    public async Task<IReadOnlyList<QueueDepth>> DepthsAsync(IReadOnlyList<string> queues, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(queues);
        if (options.InMemory)
        {
            return [];
        }

        BrokerAddress address = options.Address();
        using X509Certificate2? own = options.ClientCertificate is null ? null : BrokerSecrets.Client(options.ClientCertificate, options.ClientKey);
        ConnectionFactory factory = BrokerProbe.Factory(address, options, new BrokerTrust(address, options, clock), own);
        await using IConnection connection = await factory.CreateConnectionAsync("edgeflora-queue-probe", stop);
        var depths = new List<QueueDepth>(queues.Count);
        foreach (string queue in queues)
        {
            depths.Add(await DepthAsync(connection, queue, stop));
        }

        await connection.CloseAsync(stop);
        return depths;
    }

    /// <summary>On a channel of its own: the broker closes the one on which a queue was asked for that it has not.</summary>
    private static async Task<QueueDepth> DepthAsync(IConnection connection, string queue, CancellationToken stop)
    {
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: stop);
        try
        {
            QueueDeclareOk answer = await channel.QueueDeclarePassiveAsync(queue, stop);
            return new QueueDepth(queue, answer.MessageCount, (int)answer.ConsumerCount);
        }
        catch (OperationInterruptedException absent) when (absent.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return new QueueDepth(queue, 0, 0, Exists: false);
        }
    }
}
