using System.Globalization;
using System.Net;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>A broker, its authority and the certificates of its clients that are all replaced while a bus is at work.</summary>
public sealed class RenewedCertificateTests(CertificateBroker certificates) : IClassFixture<CertificateBroker>
{
    private const string ForClients = "1.3.6.1.5.5.7.3.2";
    private const string User = "edgeflora-agent-pump-1";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private PrivateBroker Broker => certificates.Broker;

    [Fact]
    public async Task Certificates_that_are_renewed_while_the_bus_is_at_work_count_at_its_next_connection()
    {
        Assert.SkipUnless(File.Exists(PrivateBroker.Program), "no broker: install the package rabbitmq-server");
        await certificates.EmptyAsync(Stop);
        await MakeAgentAsync();
        var options = new BrokerOptions
        {
            Url = string.Create(CultureInfo.InvariantCulture, $"amqps://127.0.0.1:{Broker.TlsPort}/enrolment"),
            Ca = Broker.In("ca.pem"),
            ClientCertificate = Issue(certificates.Authority),
        };
        MessageBus bus = await BusFactory.StartAsync(options, TimeProvider.System, null, Stop);
        var courier = new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(3), new SendingUser(options.User!, Queues.AgentUp("pump-1")));

        await Broker.StopAsync(Stop);
        TestAuthority renewed = certificates.Stranger;
        Broker.UseCertificate(renewed.Issue(["localhost"], IPAddress.Loopback), renewed.Pem);
        await File.WriteAllTextAsync(Broker.In("ca.pem"), renewed.Pem, Stop);
        Issue(renewed);
        await Broker.StartAsync(Stop);

        await SendAsync(courier);
        await bus.StopAsync(Stop);
    }

    /// <summary>Sends once the bus has its connection again; says what was in the way.</summary>
    private static async Task SendAsync(Courier courier)
    {
        MessageHeader header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(Pong), "pump-1");
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await courier.SendAsync(Queues.Fleet, new Pong { Header = header }, header, timeToLive: null, Stop);
                return;
            }
            catch (Exception away) when (attempt < 90 && !Stop.IsCancellationRequested)
            {
                TestContext.Current.TestOutputHelper?.WriteLine(away.Message);
            }
        }
    }

    /// <summary>The agent's user, its way to the service, and the service's queue.</summary>
    private async Task MakeAgentAsync()
    {
        var own = new BrokerOptions { Url = Broker.Url("enrolment") };
        using var users = new ManagementUsers(new ManagementOptions { Url = Broker.Management, Broker = own }, TimeProvider.System);
        await users.PutAsync(User, PasswordHash.None, UserRights.OfAgent("pump-1"), Stop);
        await new AgentRoutes(own, TimeProvider.System).MakeAsync(["pump-1"], Stop);
        MessageBus service = await BusFactory.StartAsync(own, TimeProvider.System, null, Stop);
        QueueConsumer fleet = service.ConnectQueue(Queues.Fleet, QueueKind.Fleet, endpoint => endpoint.Handler<Pong>(_ => Task.CompletedTask));
        await fleet.Ready.InTimeAsync();
        await service.StopAsync(Stop);
    }

    /// <summary>Writes the agent's certificate with its key, in place of the one that is there.</summary>
    private string Issue(TestAuthority issuer)
    {
        (string certificate, string key) = issuer.Issue([User], use: ForClients);
        File.WriteAllText(Broker.In("agent.pem"), $"{certificate}\n{key}\n");
        return Broker.In("agent.pem");
    }
}
