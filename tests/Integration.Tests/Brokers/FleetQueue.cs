using EdgeFlora.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>The queue in which agents say hello. It outlives services, and with them tests.</summary>
internal static class FleetQueue
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Removes what agents of an earlier test said when nobody served any more.</summary>
    public static async Task EmptyAsync(string url)
    {
        try
        {
            await WithChannelAsync(url, channel => channel.QueuePurgeAsync(Queues.Fleet, Stop));
        }
        catch (OperationInterruptedException absent) when (absent.ShutdownReason?.ReplyCode == 404)
        {
            // Nobody has served here before.
        }
    }

    /// <summary>Messages that wait in it.</summary>
    public static Task<uint> CountAsync(string url) =>
        WithChannelAsync(url, async channel => (await channel.QueueDeclarePassiveAsync(Queues.Fleet, Stop)).MessageCount);

    private static async Task<T> WithChannelAsync<T>(string url, Func<IChannel, Task<T>> act)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(url) }.CreateConnectionAsync(Stop);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        return await act(channel);
    }
}
