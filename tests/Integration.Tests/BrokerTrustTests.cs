using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;

namespace EdgeFlora.Integration.Tests;

/// <summary>What certificates decide: whether a broker is ours, and whom it lets in.</summary>
public sealed class BrokerTrustTests(TlsBroker tls) : IClassFixture<TlsBroker>, IAsyncLifetime
{
    private const string Queue = "tls.queue";

    private readonly MessageStamp stamp = new(Guid.NewGuid(), TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private PrivateBroker Broker => tls.Broker;

    private TestAuthority Authority => tls.Authority;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists(PrivateBroker.Program), "no broker: install the package rabbitmq-server");
        await tls.ShowAsync(tls.Good(), Stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_running_bus_sends_nothing_to_a_broker_that_comes_back_with_a_strangers_certificate()
    {
        using var log = new WatchedLog("unknown issuer");
        MessageBus bus = await BusFactory.StartAsync(Options, TimeProvider.System, log, Stop);
        await DeclareAsync();
        var courier = new Courier(bus, TimeProvider.System, LimitedWait.Limit);
        await SendAsync(courier, "before");
        Assert.Equal(1u, await CountAsync());

        await Broker.StopAsync(Stop);
        await tls.ShowAsync(tls.Stranger.Issue(["localhost"], IPAddress.Loopback), Stop);
        Task sent = SendAsync(courier, "to whom?");
        await Task.WhenAny(log.Seen, sent).InTimeAsync();

        Assert.False(sent.IsCompleted, "it was sent");
        Assert.Equal(1u, await CountAsync());

        await tls.ShowAsync(tls.Good(), Stop);
        await sent.InTimeAsync();
        Assert.Equal(2u, await CountAsync());
        await bus.StopAsync(Stop);
    }

    [Fact]
    public async Task An_unknown_issuer_a_wrong_name_an_expired_and_an_agents_certificate_are_told_apart()
    {
        await tls.ShowAsync(tls.Stranger.Issue(["localhost"], IPAddress.Loopback), Stop);
        string unknown = await RefusalAsync(Options);
        string withoutAuthority = await RefusalAsync(Options with { Ca = null });
        await tls.ShowAsync(Authority.Issue(["broker.example", "other.example"]), Stop);
        string wrongName = await RefusalAsync(Options);
        MessageBus named = await BusFactory.StartAsync(Options with { ServerName = "other.example" }, TimeProvider.System, null, Stop);
        await named.StopAsync(Stop);
        await tls.ShowAsync(Authority.Issue(["localhost"], IPAddress.Loopback, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), Stop);
        string expired = await RefusalAsync(Options);
        await tls.ShowAsync(Authority.Issue(["localhost"], IPAddress.Loopback, use: "1.3.6.1.5.5.7.3.2"), Stop);
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
        string tlsToPlain = await RefusalAsync(Options with { Url = Url("amqps", Broker.Port) });
        string plainToTls = await RefusalAsync(Options with { Url = Url("amqp", Broker.TlsPort), Ca = null });

        Assert.Contains("does not speak TLS on this port", tlsToPlain, StringComparison.Ordinal);
        Assert.Contains("speaks TLS on this port; write amqps://", plainToTls, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_certificate_and_a_password_from_a_file_are_used()
    {
        (string certificate, string key) = Authority.Issue(["agent-1"], use: "1.3.6.1.5.5.7.3.2");
        await File.WriteAllTextAsync(Broker.In("agent.pem"), certificate, Stop);
        await File.WriteAllTextAsync(Broker.In("agent.key"), key, Stop);
        await File.WriteAllTextAsync(Broker.In("password"), "guest\n", Stop);
        await File.WriteAllTextAsync(Broker.In("wrong"), "secret-but-wrong\n", Stop);
        BrokerOptions options = Options with
        {
            Url = Url("amqps", Broker.TlsPort, "guest"),
            PasswordFile = Broker.In("password"),
            ClientCertificate = Broker.In("agent.pem"),
            ClientKey = Broker.In("agent.key"),
        };

        MessageBus bus = await BusFactory.StartAsync(options, TimeProvider.System, null, Stop);
        string wrong = await RefusalAsync(options with { PasswordFile = Broker.In("wrong") });
        string foreign = await RefusalAsync(options with { Url = Url("amqps", Broker.TlsPort, user: null), PasswordFile = null });

        Assert.Contains("refuses user guest or its password", wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-but-wrong", wrong, StringComparison.Ordinal);
        // This broker has no plugin for logins by certificate: it says so, rather than letting guest in.
        Assert.Contains("enable its plugin rabbitmq_auth_mechanism_ssl", foreign, StringComparison.Ordinal);
        await bus.StopAsync(Stop);
    }

    [Fact]
    public async Task A_broker_that_refused_the_clients_certificate_and_answers_no_more_is_told_by_its_refusal()
    {
        (string certificate, string key) = Authority.Issue(["localhost"], IPAddress.Loopback);
        (string own, string ownKey) = Authority.Issue(["agent-1"], use: "1.3.6.1.5.5.7.3.2");
        await File.WriteAllTextAsync(Broker.In("agent.pem"), $"{own}\n{ownKey}\n", Stop);
        using X509Certificate2 shown = X509Certificate2.CreateFromPem(certificate, key);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        BrokerOptions options = Options with
        {
            Url = Url("amqps", ((IPEndPoint)listener.LocalEndpoint).Port, user: null),
            ClientCertificate = Broker.In("agent.pem"),
            ConnectTimeout = TimeSpan.FromMinutes(10),
        };

        Task<MessageBus> starting = BusFactory.StartAsync(options, clock, null, Stop);
        using (TcpClient first = await NextAsync())
        {
            await using var spoken = new SslStream(first.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => false);
            await Assert.ThrowsAsync<AuthenticationException>(
                () => spoken.AuthenticateAsServerAsync(shown, clientCertificateRequired: true, checkCertificateRevocation: false));
        }

        // It is tried once what the port speaks.
        (await NextAsync()).Dispose();
        using TcpClient silent = await NextAsync(() => clock.Advance(TimeSpan.FromSeconds(1)));
        clock.Advance(options.ConnectTimeout);

        BrokerUnreachableException failed = await Assert.ThrowsAsync<BrokerUnreachableException>(() => starting.InTimeAsync());
        Assert.Contains("ends the connection once Broker:ClientCertificate", failed.Message, StringComparison.Ordinal);

        async Task<TcpClient> NextAsync(Action? meanwhile = null)
        {
            Task<TcpClient> next = listener.AcceptTcpClientAsync(Stop).AsTask();
            await LimitedWait.UntilAsync(
                () =>
                {
                    meanwhile?.Invoke();
                    return next.IsCompleted || starting.IsCompleted;
                },
                what: "another attempt");
            Assert.False(starting.IsFaulted, starting.Exception?.ToString());
            return await next;
        }
    }

    private BrokerOptions Options =>
        new() { Url = Url("amqps", Broker.TlsPort), Ca = Broker.In("ca.pem"), ConnectTimeout = LimitedWait.Limit };

    private static string Url(string scheme, int port, string? user = "guest:guest") =>
        string.Create(CultureInfo.InvariantCulture, $"{scheme}://{(user is null ? "" : user + "@")}127.0.0.1:{port}/tls");

    private static async Task<string> RefusalAsync(BrokerOptions options) =>
        (await Assert.ThrowsAsync<BrokerUnreachableException>(() => BusFactory.StartAsync(options, TimeProvider.System, null, Stop))).Message;

    private Task SendAsync(Courier courier, string content)
    {
        var ping = new Ping { Header = stamp.About(nameof(Ping), "agent-1", content: content) };
        return courier.SendAsync(Queue, ping, ping.Header, timeToLive: null, Stop);
    }

    /// <summary>Over the plain port, which the bus does not use.</summary>
    private async Task<T> OverPlainAsync<T>(Func<IChannel, Task<T>> act)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(Broker.Url("tls")) }.CreateConnectionAsync(Stop);
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
