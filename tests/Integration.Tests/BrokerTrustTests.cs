using System.Globalization;
using System.Net;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using RabbitMQ.Client;

namespace EdgeFlora.Integration.Tests;

/// <summary>A broker of its own that speaks TLS, with certificates of an authority of the test's.</summary>
public sealed class BrokerTrustTests : IAsyncLifetime
{
    private const string Queue = "tls.queue";

    private readonly TestAuthority authority = new("the test's authority");
    private readonly TestAuthority stranger = new("a stranger");
    private readonly PrivateBroker broker = new();
    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists(PrivateBroker.Program), "no broker: install the package rabbitmq-server");
        File.WriteAllText(broker.In("ca.pem"), authority.Pem);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await broker.DisposeAsync();
        authority.Dispose();
        stranger.Dispose();
    }

    [Fact]
    public async Task A_running_bus_sends_nothing_to_a_broker_that_comes_back_with_a_strangers_certificate()
    {
        (string, string) good = authority.Issue(["localhost"], IPAddress.Loopback);
        broker.UseCertificate(good);
        await broker.StartAsync(Stop);
        using var log = new WatchedLog("unknown issuer");
        MessageBus bus = await BusFactory.StartAsync(Options, TimeProvider.System, log, Stop);
        await DeclareAsync();
        var courier = new Courier(bus, TimeProvider.System, TimeSpan.FromMinutes(2));
        await SendAsync(courier, "before");
        Assert.Equal(1u, await CountAsync());

        await broker.StopAsync(Stop);
        broker.UseCertificate(stranger.Issue(["localhost"], IPAddress.Loopback));
        await broker.StartAsync(Stop);
        Task sent = SendAsync(courier, "to whom?");
        await Task.WhenAny(log.Seen, sent);

        Assert.False(sent.IsCompleted, "it was sent");
        Assert.Equal(1u, await CountAsync());

        await broker.StopAsync(Stop);
        broker.UseCertificate(good);
        await broker.StartAsync(Stop);
        await sent;
        Assert.Equal(2u, await CountAsync());
        await bus.StopAsync(Stop);
    }

    [Fact]
    public async Task An_unknown_issuer_a_wrong_name_an_expired_and_an_agents_certificate_are_told_apart()
    {
        broker.UseCertificate(stranger.Issue(["localhost"], IPAddress.Loopback));
        await broker.StartAsync(Stop);
        string unknown = await RefusalAsync(Options);
        string withoutAuthority = await RefusalAsync(Options with { Ca = null });
        await RestartAsync(authority.Issue(["broker.example", "other.example"]));
        string wrongName = await RefusalAsync(Options);
        MessageBus named = await BusFactory.StartAsync(Options with { ServerName = "other.example" }, TimeProvider.System, null, Stop);
        await named.StopAsync(Stop);
        await RestartAsync(authority.Issue(["localhost"], IPAddress.Loopback, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));
        string expired = await RefusalAsync(Options);
        await RestartAsync(authority.Issue(["localhost"], IPAddress.Loopback, use: "1.3.6.1.5.5.7.3.2"));
        string anAgents = await RefusalAsync(Options);

        Assert.Contains("unknown issuer, 'CN=a stranger': Broker:Ca", unknown, StringComparison.Ordinal);
        Assert.Contains("name the authority's certificate with Broker:Ca", withoutAuthority, StringComparison.Ordinal);
        Assert.Contains("for broker.example, other.example, not for 127.0.0.1", wrongName, StringComparison.Ordinal);
        Assert.Contains("expired on 2026-01-02 03:04 UTC", expired, StringComparison.Ordinal);
        Assert.Contains("unknown issuer", anAgents, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_to_a_plain_port_and_plain_to_a_tls_port_are_recognised()
    {
        broker.UseCertificate(authority.Issue(["localhost"], IPAddress.Loopback));
        await broker.StartAsync(Stop);

        string tlsToPlain = await RefusalAsync(Options with { Url = Url("amqps", broker.Port) });
        string plainToTls = await RefusalAsync(Options with { Url = Url("amqp", broker.TlsPort), Ca = null });

        Assert.Contains("does not speak TLS on this port", tlsToPlain, StringComparison.Ordinal);
        Assert.Contains("speaks TLS on this port; write amqps://", plainToTls, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_and_a_password_from_a_file_are_used()
    {
        broker.UseCertificate(authority.Issue(["localhost"], IPAddress.Loopback), authority.Pem);
        await broker.StartAsync(Stop);
        (string certificate, string key) = authority.Issue(["agent-1"], use: "1.3.6.1.5.5.7.3.2");
        await File.WriteAllTextAsync(broker.In("agent.pem"), certificate, Stop);
        await File.WriteAllTextAsync(broker.In("agent.key"), key, Stop);
        await File.WriteAllTextAsync(broker.In("password"), "guest\n", Stop);
        await File.WriteAllTextAsync(broker.In("wrong"), "secret-but-wrong\n", Stop);
        BrokerOptions options = Options with
        {
            Url = Url("amqps", broker.TlsPort, "guest"),
            PasswordFile = broker.In("password"),
            ClientCertificate = broker.In("agent.pem"),
            ClientKey = broker.In("agent.key"),
        };

        MessageBus bus = await BusFactory.StartAsync(options, TimeProvider.System, null, Stop);
        string wrong = await RefusalAsync(options with { PasswordFile = broker.In("wrong") });
        string foreign = await RefusalAsync(options with { Url = Url("amqps", broker.TlsPort, user: null), PasswordFile = null });

        Assert.Contains("refuses user guest or its password", wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-but-wrong", wrong, StringComparison.Ordinal);
        // This broker has no plugin for logins by certificate: it says so, rather than letting guest in.
        Assert.NotEmpty(foreign);
        await bus.StopAsync(Stop);
    }

    private BrokerOptions Options =>
        new() { Url = Url("amqps", broker.TlsPort), Ca = broker.In("ca.pem"), ConnectTimeout = TimeSpan.FromSeconds(10) };

    private static string Url(string scheme, int port, string? user = "guest:guest") =>
        string.Create(CultureInfo.InvariantCulture, $"{scheme}://{(user is null ? "" : user + "@")}127.0.0.1:{port}/tls");

    private static async Task<string> RefusalAsync(BrokerOptions options) =>
        (await Assert.ThrowsAsync<BrokerUnreachableException>(() => BusFactory.StartAsync(options, TimeProvider.System, null, Stop))).Message;

    private async Task RestartAsync((string, string) certificate)
    {
        await broker.StopAsync(Stop);
        broker.UseCertificate(certificate);
        await broker.StartAsync(Stop);
    }

    private Task SendAsync(Courier courier, string content)
    {
        var ping = new Ping { Header = stamp.About(nameof(Ping), "agent-1", content: content) };
        return courier.SendAsync(Queue, ping, ping.Header, timeToLive: null, Stop);
    }

    /// <summary>Over the plain port, which the bus does not use.</summary>
    private async Task<T> OverPlainAsync<T>(Func<IChannel, Task<T>> act)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(broker.Url("tls")) }.CreateConnectionAsync(Stop);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: Stop);
        return await act(channel);
    }

    private Task DeclareAsync() => OverPlainAsync(async channel =>
    {
        await channel.ExchangeDeclareAsync(Queue, ExchangeType.Fanout, durable: true, cancellationToken: Stop);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: Stop);
        await channel.QueueBindAsync(Queue, Queue, "", cancellationToken: Stop);
        return true;
    });

    private Task<uint> CountAsync() => OverPlainAsync(async channel => (await channel.QueueDeclarePassiveAsync(Queue, Stop)).MessageCount);
}
