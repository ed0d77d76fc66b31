using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Cli.Doctor;
using EdgeFlora.Cli.Doctor.Device;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Tests.Doctor;

/// <summary>The way to a broker, with ports that answer in the wrong way. What a real broker says is tried in the integration tests.</summary>
public sealed class BrokerCheckTests : IDisposable
{
    private readonly DeviceFixture device = new();
    private readonly TestAuthority authority = new("the test's authority");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        authority.Dispose();
        device.Dispose();
    }

    [Fact]
    public async Task A_name_without_address_is_told()
    {
        device.Broker = new BrokerOptions { Url = "amqp://farm@no-such-broker.invalid/" };

        Finding finding = await new ResolveCheck(device.Context).RunAsync(Stop);

        Assert.True(finding.IsUnreachable);
        Assert.StartsWith("no-such-broker.invalid has no address: ", finding.Text, StringComparison.Ordinal);
        Assert.EndsWith("getent hosts no-such-broker.invalid", finding.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_closed_is_told_and_nothing_behind_it_is_tried()
    {
        var checkup = new Checkup(DeviceChecks.Of(device.Context), TimeProvider.System);
        IReadOnlyList<CheckResult> results = await checkup.RunAsync(_ => { }, _ => { }, Stop);

        CheckResult port = results.Single(result => result.Name == "broker.tcp");
        Assert.True(port.Finding.IsUnreachable);
        Assert.StartsWith("nothing answers at 127.0.0.1:9: ", port.Finding.Text, StringComparison.Ordinal);
        Assert.Equal(
            ["broker.tls", "broker.login", "broker.rights", "broker.queue", "broker.body", "coordinator.present", "clock", "disk.modes"],
            results.Where(result => result.Finding.Outcome == CheckOutcome.NotTried).Select(result => result.Name));
    }

    [Theory]
    [InlineData("expired", "that expired on 2026-01-02 03:04 UTC", "have it renewed")]
    [InlineData("name", "shows a certificate for broker.example, not for 127.0.0.1", "name the right one with broker.serverName")]
    [InlineData("issuer", "shows a certificate of an unknown issuer, 'CN=a stranger'", "give the authority's certificate that did")]
    public async Task A_certificate_that_is_refused_is_told_with_what_helps(string fault, string said, string cure)
    {
        using var stranger = new TestAuthority("a stranger");
        (string Certificate, string Key) pem = fault switch
        {
            "expired" => authority.Issue(["localhost"], IPAddress.Loopback, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
            "name" => authority.Issue(["broker.example"]),
            _ => stranger.Issue(["localhost"], IPAddress.Loopback),
        };
        await using var port = new TlsPort(pem);
        device.Broker = Over(port.Number);

        Finding finding = await new CertificateCheck(device.Context).RunAsync(Stop);

        Assert.Equal(CheckOutcome.Failed, finding.Outcome);
        Assert.Contains(said, finding.Text, StringComparison.Ordinal);
        Assert.Contains(cure, finding.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_certificate_is_told_with_name_issuer_and_end_and_one_that_ends_soon_is_a_warning()
    {
        await using var good = new TlsPort(authority.Issue(["localhost"], IPAddress.Loopback));
        device.Broker = Over(good.Number);
        Finding finding = await new CertificateCheck(device.Context).RunAsync(Stop);
        await using var ending = new TlsPort(authority.Issue(["localhost"], IPAddress.Loopback, TimeProvider.System.GetUtcNow().AddDays(3)));
        device.Broker = Over(ending.Number);

        Assert.Matches(@"^Tls1[23], a certificate for 127\.0\.0\.1 of 'CN=the test's authority', valid until \d{4}-\d\d-\d\d$", finding.Text);
        Assert.Equal(CheckOutcome.Warning, (await new CertificateCheck(device.Context).RunAsync(Stop)).Outcome);
    }

    private BrokerOptions Over(int port) => new()
    {
        Url = string.Create(CultureInfo.InvariantCulture, $"amqps://farm:pw@127.0.0.1:{port}/"),
        Ca = device.Write("ca.pem", authority.Pem),
    };

    /// <summary>A port that shakes hands and says no more.</summary>
    private sealed class TlsPort : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 certificate;
        private readonly Task serving;

        public TlsPort((string Certificate, string Key) pem)
        {
            using var made = X509Certificate2.CreateFromPem(pem.Certificate, pem.Key);
            certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
            listener.Start();
            serving = ServeAsync();
        }

        public int Number => ((IPEndPoint)listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await serving;
            certificate.Dispose();
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await listener.AcceptTcpClientAsync(Stop);
                    await using var tls = new SslStream(client.GetStream());
                    try
                    {
                        await tls.AuthenticateAsServerAsync(certificate);
                        await tls.CopyToAsync(Stream.Null, Stop);
                    }
                    catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
                    {
                        // The client did not like it.
                    }
                }
            }
            catch (Exception stopped) when (stopped is SocketException or InvalidOperationException or OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
