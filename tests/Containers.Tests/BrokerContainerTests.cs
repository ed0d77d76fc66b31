using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using MassTransit;

namespace EdgeFlora.Containers.Tests;

public sealed class BrokerContainerTests(BrokerContainer broker) : IClassFixture<BrokerContainer>
{
    [Fact]
    public async Task A_message_makes_the_round_trip_through_a_broker_in_a_container()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        IBusControl bus = await BusFactory.StartAsync(broker.Options, TimeProvider.System, loggers: null, stop);
        try
        {
            var arrived = new TaskCompletionSource<Ping>(TaskCreationOptions.RunContinuationsAsynchronously);
            HostReceiveEndpointHandle queue = bus.ConnectQueue(
                Queues.Agent("a"), QueueKind.AgentControl, endpoint => endpoint.Handler<Ping>(context => { arrived.TrySetResult(context.Message); return Task.CompletedTask; }));
            await queue.Ready;
            var ping = new Ping { Header = new MessageStamp(Guid.CreateVersion7(), TimeProvider.System).About(nameof(Ping), "a") };

            await new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(30)).SendAsync(Queues.Agent("a"), ping, ping.Header, timeToLive: null, stop);

            Assert.Equal(ping.Header, (await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), stop)).Header);
        }
        finally
        {
            await bus.StopAsync(TimeSpan.FromSeconds(10));
        }
    }
}
