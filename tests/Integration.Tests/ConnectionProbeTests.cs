using System.Globalization;
using System.Threading.Channels;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using RabbitMQ.Client;

namespace EdgeFlora.Integration.Tests;

/// <summary>How it is learnt from the broker that a connection is gone.</summary>
public sealed class ConnectionProbeTests(BrokerFixture broker)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_queues_exactly_those_are_missed_whose_connection_is_gone()
    {
        MessageBus asking = await StartAsync();
        string[] names = [.. Enumerable.Range(0, 400).Select(i => Queues.Connection("many", i.ToString("x8", CultureInfo.InvariantCulture)))];
        await using (IConnection connection = await new ConnectionFactory { Uri = new Uri(broker.Url("reconnect")) }.CreateConnectionAsync(Stop))
        {
            await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Stop);
            foreach (string name in names[..200])
            {
                await channel.QueueDeclareAsync(name, durable: false, exclusive: true, autoDelete: true, cancellationToken: Stop);
            }

            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(names[200..], (await asking.FindGoneAsync(names, Stop)).Order());
            }

            Assert.Equal(0u, (await channel.QueueDeclarePassiveAsync(names[0], Stop)).MessageCount);
        }

        // The broker lets go of a connection's queues after it has answered that the connection is closed.
        await LimitedWait.UntilAsync(async () => (await asking.FindGoneAsync(names, Stop)).Count == names.Length);
        await asking.StopAsync(Stop);
    }

    [Fact]
    public async Task An_agents_queue_goes_with_its_connection_and_has_another_name_on_the_next()
    {
        PrivateBroker own = broker.Own;
        (MessageBus asking, MessageBus agent) = (await StartAsync(), await StartAsync());
        Channel<string?> declared = Channel.CreateUnbounded<string?>();
        int count = 0;
        QueueConsumer consumer = agent.ConnectQueue("connection.agent", QueueKind.AgentControl, endpoint =>
        {
            endpoint.DeclareConnectionQueue(
                () => Queues.Connection("agent", (++count).ToString("x8", CultureInfo.InvariantCulture)), name => declared.Writer.TryWrite(name));
            endpoint.Handler<Ping>(_ => Task.CompletedTask);
        });
        await consumer.Ready.InTimeAsync();
        string first = (await declared.Reader.ReadAsync(Stop).InTimeAsync())!;
        Assert.Equal(Queues.Connection("agent", "00000001"), first);
        Assert.Empty(await asking.FindGoneAsync([first], Stop));

        await own.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => asking.FindGoneAsync([first], Stop));
        await own.StartAsync(Stop);
        string second = (await declared.Reader.ReadAsync(Stop).InTimeAsync())!;

        Assert.NotEqual(first, second);
        Assert.Equal([first], await asking.FindGoneAsync([first, second], Stop));
        await BusFactory.StopAsync(agent);
        await LimitedWait.UntilAsync(async () => (await asking.FindGoneAsync([first, second], Stop)).Count == 2);
        await asking.StopAsync(Stop);
    }

    private Task<MessageBus> StartAsync() =>
        BusFactory.StartAsync(new BrokerOptions { Url = broker.Url("reconnect") }, TimeProvider.System, loggers: null, Stop);
}
