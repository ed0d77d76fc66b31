using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Transport.Tests.Users;

public sealed class ManagementUsersTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_administrators_password_is_not_sent_to_whom_nobody_vouches_for()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 own = new CertificateRequest("CN=a stranger", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), password: null);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<bool> heard = HearsAsync(listener, certificate);
        using var users = new ManagementUsers(
            new ManagementOptions
            {
                Url = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}")),
                Broker = new BrokerOptions { Url = "amqp://admin:geheim@localhost/" },
            },
            TimeProvider.System);

        BrokerUsersException refused = await Assert.ThrowsAsync<BrokerUsersException>(() => users.ExistsAsync("a", Stop));

        Assert.Contains("shows a certificate of an unknown issuer, 'CN=a stranger'", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", refused.ToString(), StringComparison.Ordinal);
        Assert.False(await heard, "it was sent");
    }

    [Fact]
    public async Task An_API_that_does_not_answer_is_told_with_what_helps()
    {
        using var users = new ManagementUsers(
            new ManagementOptions { Url = new Uri("http://localhost:1"), Broker = new BrokerOptions { Url = "amqp://localhost/" } },
            TimeProvider.System);

        BrokerUsersException silent = await Assert.ThrowsAsync<BrokerUsersException>(() => users.DeleteAsync("a", Stop));

        Assert.EndsWith("is the plugin rabbitmq_management enabled?", silent.Message, StringComparison.Ordinal);
    }

    /// <returns>Whether anything came that was not the handshake.</returns>
    private static async Task<bool> HearsAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync(Stop);
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(certificate);
            return await tls.ReadAsync(new byte[1], Stop) > 0;
        }
        catch (Exception ended) when (ended is IOException or AuthenticationException)
        {
            return false;
        }
    }
}
