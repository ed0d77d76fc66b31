using RabbitMQ.Client;

namespace EdgeFlora.Transport.Buses;

/// <summary>
/// Removes queues that nobody needs any more from the broker, with the exchanges that lead to them. In memory there is nothing to remove.
/// </summary>
/// <param name="withFaults">Whether the queues that MassTransit puts beside a queue go too; an agent has no rights over such, and has none.</param>
public sealed class QueueRemoval(BrokerOptions options, TimeProvider clock, bool withFaults = true)
{
    /// <summary>What MassTransit puts beside a queue: messages whose consumer threw, and those of unknown type.</summary>
    private static readonly string[] Suffixes = ["", "_error", "_skipped"];

    /// <summary>Removes queues with all that is in them. One that does not exist is as good as removed.</summary>
    /// <exception cref="Exception">Whatever RabbitMQ.Client throws where the broker is not reached or refuses.</exception>
    public async Task RemoveAsync(IReadOnlyList<string> queues, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(queues);
        if (options.InMemory)
        {
            return;
        }

        await using IConnection connection = await BrokerProbe.OpenAsync(options, "edgeflora-queue-removal", clock, stop);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: stop);
        foreach (string name in queues.SelectMany(queue => Suffixes.Take(withFaults ? Suffixes.Length : 1).Select(suffix => queue + suffix)))
        {
            // RabbitMQ answers the same whether there was one or not.
            await channel.QueueDeleteAsync(name, ifUnused: false, ifEmpty: false, cancellationToken: stop);
            await channel.ExchangeDeleteAsync(name, ifUnused: false, cancellationToken: stop);
        }

        await connection.CloseAsync(stop);
    }
}
