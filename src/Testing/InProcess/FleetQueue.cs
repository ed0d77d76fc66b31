using EdgeFlora.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Testing.InProcess;

/// <summary>The queue in which agents say hello. It outlives services, and with them tests.</summary>
internal static class FleetQueue
{
    /// <summary>Removes what agents of an earlier test said when nobody served any more.</summary>
    public static async Task EmptyAsync(string url, CancellationToken stop)
    {
        try
        {
            await WithChannelAsync(url, channel => channel.QueuePurgeAsync(Queues.Fleet, stop), stop);
        }
        catch (OperationInterruptedException absent) when (absent.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            // Nobody has served here before.
        }
    }

    /// <summary>Messages that wait in it.</summary>
    public static Task<uint> CountAsync(string url, CancellationToken stop) =>
        WithChannelAsync(url, async channel => (await channel.QueueDeclarePassiveAsync(Queues.Fleet, stop)).MessageCount, stop);

    private static async Task<T> WithChannelAsync<T>(string url, Func<IChannel, Task<T>> act, CancellationToken stop)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(url) }.CreateConnectionAsync(stop);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: stop);
        return await act(channel);
    }
}
