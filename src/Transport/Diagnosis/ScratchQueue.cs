using System.Security.Cryptography;
using EdgeFlora.Contracts;
using EdgeFlora.Transport.Buses;
using RabbitMQ.Client;

namespace EdgeFlora.Transport.Diagnosis;

/// <summary>
/// A queue of an agent's own for trying things, with an exchange of its name as MassTransit makes one. Its name is one that a second process of the
/// agent may use, so that the agent's rights hold for it and nothing that waits for the agent is touched.
/// </summary>
internal sealed class ScratchQueue : IAsyncDisposable
{
    /// <summary>Milliseconds after which the broker removes the queue by itself, if we cannot.</summary>
    private const int Expiry = 60_000;

    private readonly IConnection connection;

    private ScratchQueue(IConnection connection, string name) => (this.connection, Name) = (connection, name);

    public string Name { get; }

    /// <exception cref="RabbitMQ.Client.Exceptions.RabbitMQClientException">The broker refuses.</exception>
    public static async Task<ScratchQueue> MakeAsync(IConnection connection, string agent, CancellationToken stop)
    {
        var queue = new ScratchQueue(connection, $"{Queues.Agent(agent)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: stop);
        await channel.QueueDeclareAsync(
            queue.Name,
            durable: true,
            exclusive: false,
            autoDelete: false,
            new Dictionary<string, object?> { ["x-expires"] = Expiry },
            cancellationToken: stop);
        await channel.ExchangeDeclareAsync(queue.Name, ExchangeType.Fanout, durable: true, autoDelete: true, cancellationToken: stop);
        await channel.QueueBindAsync(queue.Name, queue.Name, routingKey: "", cancellationToken: stop);
        return queue;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await using IChannel channel = await connection.CreateChannelAsync();
            await channel.QueueDeleteAsync(Name, ifUnused: false, ifEmpty: false);
            // It goes with its last binding, but only in the broker's own time.
            await channel.ExchangeDeleteAsync(Name);
        }
        catch (Exception failure) when (BrokerAnswers.IsOutage(failure) || failure is OperationCanceledException or IOException)
        {
            // It expires.
        }
    }
}
