using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using EdgeFlora.Transport.Users;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using BrokerUnreachableException = EdgeFlora.Transport.Buses.BrokerUnreachableException;

namespace EdgeFlora.Integration.Tests;

/// <summary>What somebody can do at the broker who has an agent's user and password: speak as that agent, and nothing else.</summary>
public sealed class StolenCredentialTests(ManagedBroker managed) : IClassFixture<ManagedBroker>, IAsyncLifetime
{
    private const string Thief = "pump-1";
    private const string Victim = "pump-10";
    private static readonly string RunIntake = Queues.RunIntake(new Guid("00000000-0000-0000-0000-000000000007"));

    private readonly string password = PasswordHash.NewPassword();
    private readonly List<(string Queue, string Agent, string? User)> heard = [];
    private readonly SemaphoreSlim more = new(0);
    private MessageBus service = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private BrokerOptions ServiceBroker => new() { Url = managed.Broker.Url("enrolment") };

    private BrokerOptions AgentBroker =>
        new() { Url = ServiceBroker.Url!.Replace("guest:guest", $"{AgentUser.Of(Thief)}:{password}", StringComparison.Ordinal) };

    public async ValueTask InitializeAsync()
    {
        using var users = new ManagementUsers(new ManagementOptions { Url = managed.Broker.Management, Broker = ServiceBroker }, TimeProvider.System);
        foreach (string agent in (string[])[Thief, Victim])
        {
            await users.PutAsync(
                AgentUser.Of(agent), PasswordHash.Of(agent == Thief ? password : PasswordHash.NewPassword()), UserRights.OfAgent(agent), Stop);
        }

        await new AgentRoutes(ServiceBroker, TimeProvider.System).MakeAsync([Thief, Victim], Stop);
        service = await BusFactory.StartAsync(ServiceBroker, TimeProvider.System, null, Stop);
        (string Queue, QueueKind Kind)[] heard =
        [
            (Queues.Fleet, QueueKind.Fleet), (Queues.Presence, QueueKind.Presence), (RunIntake, QueueKind.Intake),
            (Queues.Agent(Victim), QueueKind.AgentControl),
        ];
        foreach ((string queue, QueueKind kind) in heard)
        {
            await service.ConnectQueue(queue, kind, endpoint => endpoint.Handler<Pong>(context => Hear(queue, context))).Ready.InTimeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await service.StopAsync(CancellationToken.None);
        more.Dispose();
    }

    [Fact]
    public async Task An_agent_reaches_the_services_queues_through_its_own_exchange_and_the_broker_proves_it()
    {
        MessageBus bus = await BusFactory.StartAsync(AgentBroker, TimeProvider.System, null, Stop);
        QueueConsumer own = bus.ConnectQueue(Queues.Agent(Thief), QueueKind.AgentControl, _ => { });
        QueueConsumer spare = bus.ConnectQueue(BusQueues.ChunksOf(Queues.Agent(Thief) + ".0123abcd"), QueueKind.AgentChunks, _ => { });
        await own.Ready.InTimeAsync();
        await spare.Ready.InTimeAsync();
        var courier = new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(30), new SendingUser(AgentUser.Of(Thief), Queues.AgentUp(Thief)));

        foreach (string queue in (string[])[Queues.Fleet, Queues.Presence, RunIntake])
        {
            Pong pong = Pong(queue);
            await courier.SendAsync(queue, pong, pong.Header, timeToLive: null, Stop);
            await more.WaitAsync(Stop).InTimeAsync();
        }

        Assert.Equal(
            [(Queues.Fleet, Thief, AgentUser.Of(Thief)), (Queues.Presence, Thief, AgentUser.Of(Thief)), (RunIntake, Thief, AgentUser.Of(Thief))],
            heard);
        // Another agent's queue is not among those that its exchange leads to.
        Pong stray = Pong("stray");
        await Assert.ThrowsAsync<QueueAbsentException>(() => courier.SendAsync(Queues.Agent(Victim), stray, stray.Header, timeToLive: null, Stop));
        await bus.StopAsync(Stop);
    }

    private static readonly Dictionary<string, Func<IChannel, Task>> Deeds = new()
    {
        ["read the fleet's queue"] = channel => channel.BasicConsumeAsync(Queues.Fleet, autoAck: true, new AsyncEventingBasicConsumer(channel), Stop),
        ["take from another's queue"] = channel => channel.BasicGetAsync(Queues.Agent(Victim), autoAck: true, Stop),
        ["purge an intake"] = channel => channel.QueuePurgeAsync(RunIntake, Stop),
        ["purge another's queue"] = channel => channel.QueuePurgeAsync(Queues.Agent(Victim), Stop),
        ["delete an intake"] = channel => channel.QueueDeleteAsync(RunIntake, ifUnused: false, ifEmpty: false, cancellationToken: Stop),
        ["delete the presence queue"] = channel => channel.QueueDeleteAsync(
            Queues.Presence, ifUnused: false, ifEmpty: false, cancellationToken: Stop),
        ["delete another's queue"] = channel => channel.QueueDeleteAsync(
            Queues.Agent(Victim), ifUnused: false, ifEmpty: false, cancellationToken: Stop),
        ["declare an intake"] = channel => channel.QueueDeclareAsync(
            "ef.run.mine.intake", durable: true, exclusive: false, autoDelete: false, cancellationToken: Stop),
        ["declare a queue of a longer name"] = channel => channel.QueueDeclareAsync(
            Queues.Agent(Thief) + "0", durable: true, exclusive: false, autoDelete: false, cancellationToken: Stop),
        ["declare a queue that the broker names"] = channel => channel.QueueDeclareAsync("", cancellationToken: Stop),
        ["declare the shared exchange"] = channel => channel.ExchangeDeclareAsync(
            Queues.Up, ExchangeType.Direct, durable: true, cancellationToken: Stop),
        ["delete the shared exchange"] = channel => channel.ExchangeDeleteAsync(Queues.Up, cancellationToken: Stop),
        ["delete another's exchange"] = channel => channel.ExchangeDeleteAsync(Queues.AgentUp(Victim), cancellationToken: Stop),
        ["bind another's queue to its exchange"] = channel => channel.QueueBindAsync(
            Queues.Agent(Victim), Queues.AgentUp(Thief), "", cancellationToken: Stop),
        ["bind its queue to another's exchange"] = async channel =>
        {
            await channel.QueueDeclareAsync(
                Queues.Agent(Thief) + ".feed0001", durable: true, exclusive: false, autoDelete: false, cancellationToken: Stop);
            await channel.QueueBindAsync(Queues.Agent(Thief) + ".feed0001", Queues.AgentUp(Victim), "", cancellationToken: Stop);
        },
        ["bind its queue to the shared exchange"] = async channel =>
        {
            await channel.QueueDeclareAsync(
                Queues.Agent(Thief) + ".feed0002", durable: true, exclusive: false, autoDelete: false, cancellationToken: Stop);
            await channel.QueueBindAsync(Queues.Agent(Thief) + ".feed0002", Queues.Up, RunIntake, cancellationToken: Stop);
        },
        ["lead the shared exchange elsewhere"] = channel => channel.ExchangeBindAsync(Queues.Agent(Thief), Queues.Up, "", cancellationToken: Stop),
        ["publish to another's queue"] = channel => PublishAsync(channel, Queues.Agent(Victim), ""),
        ["publish to another's exchange"] = channel => PublishAsync(channel, Queues.AgentUp(Victim), Queues.Fleet),
        ["publish to an intake"] = channel => PublishAsync(channel, RunIntake, ""),
        ["publish to the shared exchange"] = channel => PublishAsync(channel, Queues.Up, RunIntake),
        ["publish through the default exchange"] = channel => PublishAsync(channel, "", Queues.Agent(Victim)),
        ["publish as another user"] = channel => PublishAsync(channel, Queues.AgentUp(Thief), Queues.Fleet, AgentUser.Of(Victim)),
        ["publish as the service's user"] = channel => PublishAsync(channel, Queues.AgentUp(Thief), Queues.Fleet, "guest"),
    };

    [Fact]
    public async Task The_broker_refuses_a_thief_everything_else()
    {
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(AgentBroker.Url!), AutomaticRecoveryEnabled = false }
            .CreateConnectionAsync(Stop);
        var answers = new List<string>();
        foreach ((string deed, Func<IChannel, Task> act) in Deeds)
        {
            await using IChannel channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Stop);
            Exception? failure = await Record.ExceptionAsync(() => act(channel));
            ushort? code = (failure as OperationInterruptedException
                ?? failure?.InnerException as OperationInterruptedException)?.ShutdownReason?.ReplyCode
                ?? channel.CloseReason?.ReplyCode;
            answers.Add(FormattableString.Invariant($"{deed}: {code}"));
        }

        // access-refused; precondition-failed is the broker's answer to another's user-id.
        Assert.Equal(Deeds.Keys.Select(deed => $"{deed}: {(deed.StartsWith("publish as", StringComparison.Ordinal) ? 406 : 403)}"), answers);
        Assert.Empty(heard);
    }

    [Fact]
    public async Task A_thief_has_no_other_virtual_host_and_no_management()
    {
        BrokerOptions elsewhere = AgentBroker with { Url = AgentBroker.Url!.Replace("/enrolment", "/rounds", StringComparison.Ordinal) };
        BrokerUnreachableException closed = await Assert.ThrowsAsync<BrokerUnreachableException>(() => BusFactory.StartAsync(
            elsewhere, TimeProvider.System, null, Stop));
        Assert.Contains("does not let user edgeflora-agent-pump-1 into virtual host rounds", closed.Message, StringComparison.Ordinal);
        using var users = new ManagementUsers(new ManagementOptions { Url = managed.Broker.Management, Broker = AgentBroker }, TimeProvider.System);

        BrokerUsersException refused = await Assert.ThrowsAsync<BrokerUsersException>(() => users.ExistsAsync(AgentUser.Of(Victim), Stop));

        Assert.Contains("rabbitmqctl set_user_tags USER administrator", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(password, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_is_deleted_loses_the_connection_it_has_and_gets_no_other()
    {
        using var users = new ManagementUsers(new ManagementOptions { Url = managed.Broker.Management, Broker = ServiceBroker }, TimeProvider.System);
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(AgentBroker.Url!), AutomaticRecoveryEnabled = false }
            .CreateConnectionAsync(Stop);
        // The client counts a connection as made before the broker has looked at the user's rights; a channel proves that it has.
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        var cut = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, reason) =>
        {
            cut.TrySetResult(reason.ReplyText);
            return Task.CompletedTask;
        };

        await users.DeleteAsync(AgentUser.Of(Thief), Stop);

        Assert.Contains("CONNECTION_FORCED", await cut.Task.InTimeAsync(), StringComparison.Ordinal);
        Assert.False(await users.ExistsAsync(AgentUser.Of(Thief), Stop));
        await users.DeleteAsync(AgentUser.Of(Thief), Stop);
        BrokerUnreachableException refused = await Assert.ThrowsAsync<BrokerUnreachableException>(() => BusFactory.StartAsync(
            AgentBroker, TimeProvider.System, null, Stop));
        Assert.True(refused.IsLogin);
    }

    [Fact]
    public async Task An_agent_that_goes_by_another_name_than_its_users_ends_with_what_the_broker_refuses()
    {
        await using Federation federation = await Federation.StartAsync(ServiceBroker.Url!);
        var options = new AgentOptions
        {
            Name = Victim,
            Models = [ModelOptions.Of(federation.Model.Folder)],
            Data = [new DataSetOptions { Files = [federation.TrainerFiles[0]] }],
            StateFolder = federation.StateOf(Victim),
            Resilience = new ResilienceOptions { Retries = 0 },
        };
        MessageBus bus = await BusFactory.StartAsync(AgentBroker, TimeProvider.System, null, Stop);
        await using var agent = new EdgeAgentService(
            bus, options, federation.Model, new PortableEngine(), TimeProvider.System, NullLoggerFactory.Instance);

        BrokerUnreachableException refused = await Assert.ThrowsAsync<BrokerUnreachableException>(() => agent.RunAsync(Stop).InTimeAsync());
        await bus.StopAsync(CancellationToken.None);

        Assert.Matches(
            $"^The broker refuses the queues of agent '{Victim}': ACCESS_REFUSED - .*ef\\.agent\\.{Victim}.*; edgeflora doctor looks at each right$",
            refused.Message);
    }

    private static Task PublishAsync(IChannel channel, string exchange, string key, string? user = null)
    {
        var properties = new BasicProperties();
        if (user is not null)
        {
            properties.UserId = user;
        }

        return channel.BasicPublishAsync(exchange, key, mandatory: false, properties, "{}"u8.ToArray(), Stop).AsTask();
    }

    private static Pong Pong(string content) =>
        new() { Header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(Pong), Thief, content: content) };

    private Task Hear(string queue, ReceivedMessage<Pong> received)
    {
        lock (heard)
        {
            heard.Add((queue, received.Message.Header.AgentId, received.User));
        }

        more.Release();
        return Task.CompletedTask;
    }
}
