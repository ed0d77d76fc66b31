using EdgeFlora.Contracts;
using EdgeFlora.Transport.Buses;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Transport.Users;

/// <summary>
/// Leads what an enrolled agent sends to the service: from the agent's own exchange into the one that the service's queues are bound to.
/// </summary>
public sealed class AgentRoutes(BrokerOptions options, TimeProvider clock)
{
    /// <summary>AMQP 0-9-1, section 1.2.</summary>
    private const int NotFound = 404;

    /// <summary>Makes the ways of these agents; those that are there stay.</summary>
    /// <exception cref="BrokerUsersException">The broker is not reached, or refuses.</exception>
    public async Task MakeAsync(IReadOnlyList<string> agents, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(agents);
        if (options.InMemory || agents.Count == 0)
        {
            return;
        }

        try
        {
            await LeadAsync(agents, stop);
        }
        catch (Exception failure) when (IsOfBroker(failure) && !stop.IsCancellationRequested)
        {
            throw new BrokerUsersException($"The agent's exchange could not be made: {failure.Message}", failure);
        }
    }

    /// <summary>Whether the broker has an agent's way, which outlives its restarts; in memory always.</summary>
    /// <exception cref="BrokerUsersException">The broker is not reached, or refuses.</exception>
    public async Task<bool> HasAsync(string agent, CancellationToken stop)
    {
        if (options.InMemory)
        {
            return true;
        }

        try
        {
            await using IConnection connection = await BrokerProbe.OpenAsync(options, "edgeflora-agent-routes", clock, stop);
            await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: stop);
            await channel.ExchangeDeclarePassiveAsync(Queues.AgentUp(agent), stop);
            return true;
        }
        catch (OperationInterruptedException absent) when (absent.ShutdownReason is { ReplyCode: NotFound })
        {
            return false;
        }
        catch (Exception failure) when (IsOfBroker(failure) && !stop.IsCancellationRequested)
        {
            throw new BrokerUsersException($"The agent's exchange could not be looked for: {failure.Message}", failure);
        }
    }

    /// <summary>Removes an agent's way and queues, with what is in them.</summary>
    /// <exception cref="BrokerUsersException">The broker is not reached, or refuses.</exception>
    public async Task RemoveAsync(string agent, CancellationToken stop)
    {
        try
        {
            string queue = Queues.Agent(agent);
            await new QueueRemoval(options, clock).RemoveAsync([Queues.AgentUp(agent), queue, BusQueues.ChunksOf(queue)], stop);
        }
        catch (Exception failure) when (IsOfBroker(failure) && !stop.IsCancellationRequested)
        {
            throw new BrokerUsersException($"The queues of agent '{agent}' could not be removed: {failure.Message}", failure);
        }
    }

    private async Task LeadAsync(IReadOnlyList<string> agents, CancellationToken stop)
    {
        await using IConnection connection = await BrokerProbe.OpenAsync(options, "edgeflora-agent-routes", clock, stop);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: stop);
        await channel.ExchangeDeclareAsync(Queues.Up, ExchangeType.Direct, durable: true, cancellationToken: stop);
        foreach (string up in agents.Select(Queues.AgentUp))
        {
            // As MassTransit declares it when the agent sends; it keeps the routing key, which names the queue.
            await channel.ExchangeDeclareAsync(up, ExchangeType.Fanout, durable: true, cancellationToken: stop);
            await channel.ExchangeBindAsync(Queues.Up, up, routingKey: "", cancellationToken: stop);
        }

        await connection.CloseAsync(stop);
    }

    private static bool IsOfBroker(Exception failure) =>
        failure is RabbitMQClientException or IOException or OperationCanceledException or TimeoutException;
}
