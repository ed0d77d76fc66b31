using EdgeFlora.Contracts;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Testing.Network;
using RabbitMQ.Client;

namespace EdgeFlora.Integration.Tests;

/// <summary>How a service takes its fleet's queue: one that answers late is not one that refuses, nor is every refusal another service.</summary>
public sealed class FleetQueueTests(BrokerFixture broker)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_whose_broker_answers_late_leads_its_fleet()
    {
        await using Federation federation = await Federation.StartAsync(broker.Url("fleet"));
        var url = new UriBuilder(broker.Url("fleet"));
        await using var link = new TcpProxy(url.Host, url.Port, bytesPerSecond: 1_000_000, TimeSpan.FromMilliseconds(150));
        link.Start();
        (url.Host, url.Port) = ("127.0.0.1", link.Port);

        (CoordinatorService coordinator, Task<RunOutcome> run) =
            await federation.CoordinatorAsync(federation.Options("late"), over: url.Uri.ToString());
        await federation.AgentAsync("trainer-1");
        await Federation.UntilAsync(() => run.IsCompleted || federation.Agent("trainer-1").State is { Joined: true } ? federation : null);

        Assert.False(run.IsCompleted, run.Exception?.Message);
        await coordinator.DieAsync();
    }

    [Fact]
    public async Task A_refusal_that_is_not_another_service_is_told_in_the_brokers_words()
    {
        await using Federation federation = await Federation.StartAsync(broker.Url("refusing"));
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(broker.Url("refusing")) }.CreateConnectionAsync(Stop);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        await channel.QueueDeleteAsync(Queues.Fleet, cancellationToken: Stop);
        await channel.QueueDeclareAsync(Queues.Fleet, durable: true, exclusive: false, autoDelete: false, cancellationToken: Stop);

        (_, Task<RunOutcome> run) = await federation.CoordinatorAsync(federation.Options("refused"));
        CoordinatorOptionsException refused = await Assert.ThrowsAsync<CoordinatorOptionsException>(() => run.InTimeAsync(federation.Describe));
        await channel.QueueDeleteAsync(Queues.Fleet, cancellationToken: Stop);

        Assert.StartsWith(
            $"The broker refuses queue {Queues.Fleet}: PRECONDITION_FAILED - inequivalent arg ", refused.Message, StringComparison.Ordinal);
    }
}
