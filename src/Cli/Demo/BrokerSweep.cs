using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts;
using EdgeFlora.Transport.Buses;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Cli.Demo;

/// <summary>Removes what an earlier demo left in the virtual host's queues: a message of that run would only confuse this one.</summary>
internal static class BrokerSweep
{
    /// <exception cref="Transport.Buses.BrokerUnreachableException">The broker cannot be reached or refuses.</exception>
    /// <exception cref="InputException">Somebody is at work in the virtual host.</exception>
    public static async Task RunAsync(BrokerOptions broker, IReadOnlyList<string> agents, CancellationToken stop)
    {
        // Starting a bus finds out why a broker cannot be reached, and says it.
        MessageBus probe = await BusFactory.StartAsync(broker, TimeProvider.System, null, stop);
        await BusFactory.StopAsync(probe);

        var factory = new ConnectionFactory { Uri = new Uri(broker.Url!), AutomaticRecoveryEnabled = false };
        await using IConnection connection = await factory.CreateConnectionAsync("edgeflora-demo", stop);
        string[] own = [.. agents.SelectMany(agent => new[] { Queues.Agent(agent), BusQueues.ChunksOf(Queues.Agent(agent)) })];
        foreach (string queue in own.Concat([Queues.Fleet, Queues.Presence]))
        {
            await DeleteAsync(connection, queue, stop);
        }
    }

    private static async Task DeleteAsync(IConnection connection, string queue, CancellationToken stop)
    {
        // A channel of its own: a refusal closes it.
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: stop);
        try
        {
            QueueDeclareOk found = await channel.QueueDeclarePassiveAsync(queue, stop);
            if (found.ConsumerCount > 0)
            {
                throw new InputException(
                    $"--broker: queue {queue} is in use; end the coordinator, agents or demo that are at work there, "
                        + $"or give the demo a virtual host of its own");
            }

            await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false, cancellationToken: stop);
        }
        catch (OperationInterruptedException absent) when (absent.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            // Nothing to sweep.
        }
    }
}
