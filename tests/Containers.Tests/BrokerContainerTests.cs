using EdgeFlora.Containers.Tests.Given;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Testing.Containers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging.Abstractions;
using Testcontainers.RabbitMq;

namespace EdgeFlora.Containers.Tests;

public sealed class BrokerContainerTests
{
    [Fact]
    public async Task A_message_makes_the_round_trip_through_a_broker_in_a_container()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await Engine.RequireAsync();
        await using RabbitMqContainer broker = new RabbitMqBuilder(Images.RabbitMq).WithLogger(NullLogger.Instance)
            .WithUsername("edgeflora").WithPassword("a test's password").Build();
        await broker.StartAsync(stop);
        var options = new BrokerOptions
        {
            Url = $"amqp://edgeflora:{Uri.EscapeDataString("a test's password")}@{broker.Hostname}:{broker.GetMappedPublicPort(5672)}/",
        };
        MessageBus bus = await BusFactory.StartAsync(options, TimeProvider.System, loggers: null, stop);
        try
        {
            var arrived = new TaskCompletionSource<Ping>(TaskCreationOptions.RunContinuationsAsynchronously);
            QueueConsumer queue = bus.ConnectQueue(
                Queues.Agent("a"), QueueKind.AgentControl, endpoint => endpoint.Handler<Ping>(
                    context => { arrived.TrySetResult(context.Message); return Task.CompletedTask; }));
            await queue.Ready;
            var ping = new Ping { Header = new MessageStamp(Guid.CreateVersion7(), TimeProvider.System).About(nameof(Ping), "a") };

            await new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(30)).SendAsync(
                Queues.Agent("a"), ping, ping.Header, timeToLive: null, stop);

            Assert.Equal(ping.Header, (await arrived.Task.InTimeAsync()).Header);
        }
        finally
        {
            await BusFactory.StopAsync(bus);
        }
    }
}
