using System.Globalization;
using EdgeFlora.Cli.Tests;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Agents that prove themselves by certificates of their owner's authority, at a broker that takes them in place of passwords.</summary>
public sealed class ClientCertificateTests(CertificateBroker certificates) : IClassFixture<CertificateBroker>, IAsyncLifetime
{
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private TestAuthority Authority => certificates.Authority;

    private PrivateBroker Broker => certificates.Broker;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists(PrivateBroker.Program), "no broker: install the package rabbitmq-server");
        await certificates.EmptyAsync(Stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_device_enrols_with_a_certificate_trains_and_is_locked_out_when_it_is_revoked()
    {
        await using EnrolledFleet fleet = await EnrolledFleet.StartAsync(
            Url("guest:guest"), $"management: '{Broker.Management.OriginalString}'", $"ca: '{Broker.In("ca.pem")}'");
        string own = Issue("edgeflora-agent-pump-1", Authority);

        string said = await fleet.EnrolAsync("pump-1", "--certificate", own);
        EdgeFloraProcess agent = fleet.Agent("pump-1");
        await agent.LineAsync("agent pump-1: idle");
        await fleet.TrainAsync();

        Assert.Contains($"it proves itself by {own}", said, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(fleet.In("pump-1"), "broker.password")));
        using var users = new ManagementUsers(
            new ManagementOptions { Url = Broker.Management, Broker = new BrokerOptions { Url = Broker.Url("enrolment") } }, TimeProvider.System);
        Assert.Equal(
            new BrokerUser("edgeflora-agent-pump-1", PasswordHash.None, UserRights.OfAgent("pump-1"), HasTags: false),
            Assert.Single(await users.ListAsync(AgentUser.Prefix, Stop)));
        foreach (string password in (string[])["", ":", ":guest"])
        {
            Assert.False(await BrokerLogin.IsAcceptedAsync(
                new BrokerOptions { Url = Url($"edgeflora-agent-pump-1{password}"), Ca = Broker.In("ca.pem") }, TimeProvider.System, Stop));
        }

        (int code, _, string error) = await CommandRunner.RunAsync("agent", "rotate", "--state", fleet.In("pump-1"));
        Assert.Equal(2, code);
        Assert.Contains("has no password: it proves itself by", error, StringComparison.Ordinal);
        await ServedFleet.OkAsync("agents", "revoke", "pump-1");
        Assert.Equal(2, await agent.EndAsync());
        Assert.Contains("has no such user", await RefusalAsync(Options(own)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_broker_proves_who_sends()
    {
        await MakeUserAsync("pump-1");
        await new AgentRoutes(new BrokerOptions { Url = Broker.Url("enrolment") }, TimeProvider.System).MakeAsync(["pump-1"], Stop);
        MessageBus service = await BusFactory.StartAsync(new BrokerOptions { Url = Broker.Url("enrolment") }, TimeProvider.System, null, Stop);
        var heard = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        QueueConsumer fleet = service.ConnectQueue(Queues.Fleet, QueueKind.Fleet, endpoint => endpoint.Handler<Pong>(context =>
        {
            heard.TrySetResult(context.User);
            return Task.CompletedTask;
        }));
        await fleet.Ready.InTimeAsync();
        BrokerOptions options = Options(Issue("edgeflora-agent-pump-1", Authority));
        MessageBus bus = await BusFactory.StartAsync(options, TimeProvider.System, null, Stop);
        var courier = new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(30), new SendingUser(options.User!, Queues.AgentUp("pump-1")));
        MessageHeader header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(Pong), "pump-1");

        await courier.SendAsync(Queues.Fleet, new Pong { Header = header }, header, timeToLive: null, Stop);

        Assert.Equal("edgeflora-agent-pump-1", await heard.Task.InTimeAsync());
        await bus.StopAsync(Stop);
        await service.StopAsync(Stop);
    }

    [Fact]
    public async Task What_is_wrong_with_a_certificate_is_told_apart()
    {
        await MakeUserAsync("pump-1");
        string own = Issue("edgeflora-agent-pump-1", Authority);
        string other = Issue("edgeflora-agent-pump-2", Authority);

        string withoutUser = await RefusalAsync(Options(other));
        string anothers = await RefusalAsync(Options(other) with { Url = Url("edgeflora-agent-pump-1") });
        string expired = await RefusalAsync(
            Options(Issue("edgeflora-agent-pump-1", Authority, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero))));
        string strangers = await RefusalAsync(
            Options(Issue("edgeflora-agent-pump-1", certificates.Stranger)) with { ConnectTimeout = TimeSpan.FromSeconds(3) });
        await certificates.StartAsync(takesCertificates: false, Stop);
        string withoutPlugin = await RefusalAsync(Options(own));

        Assert.Contains("refuses the certificate of 'edgeflora-agent-pump-2': it has no such user", withoutUser, StringComparison.Ordinal);
        Assert.Contains("is for 'edgeflora-agent-pump-2', not for user edgeflora-agent-pump-1 of Broker:Url", anothers, StringComparison.Ordinal);
        Assert.Contains("expired on 2026-01-02 03:04 UTC; have it renewed", expired, StringComparison.Ordinal);
        Assert.Contains("ends the connection once Broker:ClientCertificate", strangers, StringComparison.Ordinal);
        Assert.Contains(
            "it is of issuer 'CN=a stranger', whose certificate the broker must have in its ssl_options.cacertfile",
            strangers,
            StringComparison.Ordinal);
        Assert.Contains("enable its plugin rabbitmq_auth_mechanism_ssl", withoutPlugin, StringComparison.Ordinal);
    }

    private static async Task<string> RefusalAsync(BrokerOptions options) =>
        (await Assert.ThrowsAsync<BrokerUnreachableException>(() => BusFactory.StartAsync(options, TimeProvider.System, null, Stop))).Message;

    private async Task MakeUserAsync(string agent)
    {
        using var users = new ManagementUsers(
            new ManagementOptions { Url = Broker.Management, Broker = new BrokerOptions { Url = Broker.Url("enrolment") } }, TimeProvider.System);
        await users.PutAsync(AgentUser.Of(agent), PasswordHash.None, UserRights.OfAgent(agent), Stop);
    }

    private BrokerOptions Options(string certificate) => new()
    {
        Url = Url(user: null),
        Ca = Broker.In("ca.pem"),
        ClientCertificate = certificate,
        ConnectTimeout = LimitedWait.Limit,
    };

    private string Url(string? user) => string.Create(
        CultureInfo.InvariantCulture, $"amqps://{(user is null ? "" : user + "@")}127.0.0.1:{Broker.TlsPort}/enrolment");

    /// <summary>A certificate with its key.</summary>
    /// <returns>The file.</returns>
    private string Issue(string name, TestAuthority issuer, DateTimeOffset? until = null)
    {
        (string certificate, string key) = issuer.Issue([name], until: until, use: ForClients);
        string file = Broker.In(string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():N}.pem"));
        File.WriteAllText(file, $"{certificate}\n{key}\n");
        return file;
    }
}
