using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Transport.Diagnosis;

/// <summary>The steps of a way to a broker, one by one, each as the bus would take it. Changes nothing at the broker.</summary>
/// <param name="options">With a URL: nothing is to be looked at of a bus in memory.</param>
public sealed class BrokerDiagnosis(BrokerOptions options, TimeProvider clock)
{
    private readonly BrokerAddress address = options.Address();

    public string Host => address.Host;

    public int Port => address.Port;

    public bool IsTls => address.Tls;

    public string User => address.User;

    public string VirtualHost => address.VirtualHost;

    /// <summary>The URL without the password.</summary>
    public override string ToString() => address.ToString();

    /// <summary>Asks for the addresses of the broker's name.</summary>
    /// <exception cref="SocketException">The name is not known, or nobody could be asked.</exception>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(CancellationToken stop) => await Dns.GetHostAddressesAsync(address.Host, stop);

    /// <summary>Opens a connection to the broker's port, and closes it again.</summary>
    /// <returns>The address that answered.</returns>
    /// <exception cref="SocketException">Nobody listens, or nothing answers.</exception>
    public async Task<EndPoint> ConnectAsync(CancellationToken stop)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, stop);
        return client.Client.RemoteEndPoint!;
    }

    /// <summary>Has the broker show its certificate and judges it as the bus does: issuer, dates and name.</summary>
    /// <exception cref="BrokerUnreachableException">It is refused, or the port speaks something else; the message says what would help.</exception>
    public async Task<BrokerCertificate> ShakeHandsAsync(CancellationToken stop)
    {
        var trust = new BrokerTrust(address, options, clock);
        using X509Certificate2? own = options.ClientCertificate is null ? null : BrokerSecrets.Client(options.ClientCertificate, options.ClientKey);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, stop);
            await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, trust.Accepts);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = trust.ServerName, ClientCertificates = own is null ? [] : [own] }, stop);
            X509Certificate shown = tls.RemoteCertificate!;
            return new BrokerCertificate(trust.ServerName, shown.Issuer, new X509Certificate2(shown).NotAfter.ToUniversalTime(), tls.SslProtocol);
        }
        catch (Exception failure) when (trust.Refusal is not null)
        {
            throw new BrokerUnreachableException(trust.Refusal, failure);
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            throw new BrokerUnreachableException(
                await PortSpeech.ProblemAsync(address, clock, stop)
                    ?? $"The broker at {address.Host}:{address.Port} ended the TLS handshake: {failure.Message.TrimEnd('.')}.",
                failure);
        }
    }

    /// <summary>Logs in and opens the virtual host.</summary>
    /// <exception cref="BrokerUnreachableException">The broker refuses, or is silent; the message says what would help.</exception>
    public Task LogInAsync(CancellationToken stop) => BrokerProbe.ConnectAsync(address, options, clock, stop);
}
