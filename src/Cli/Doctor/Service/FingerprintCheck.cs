using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using EdgeFlora.Coordinator.Api.Tls;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>That the service shows the certificate that was pinned, or one that this machine trusts.</summary>
internal sealed class FingerprintCheck(ServiceExamination service) : ICheck
{
    public const string CheckName = "service.tls";

    public string Name => CheckName;

    public string Deed => "compares the service's certificate with what is trusted";

    public IReadOnlyList<string> Needs => [ReachCheck.CheckName];

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        if (service.Url.Scheme != Uri.UriSchemeHttps)
        {
            return Finding.NotTried("the URL begins with http://, which is for this machine only");
        }

        string? shown = null;
        var errors = SslPolicyErrors.None;
        using var client = new TcpClient();
        await client.ConnectAsync(service.Url.Host, service.Url.Port, stop);
        // Whatever it shows is looked at and refused: nothing is said over this connection.
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, found) =>
        {
            shown = certificate is null ? null : ApiCertificate.Fingerprint(certificate);
            errors = found;
            return false;
        });
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = service.Url.Host }, stop);
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            // By ourselves, or it speaks no TLS.
        }

        return Judge(shown, errors);
    }

    private Finding Judge(string? shown, SslPolicyErrors errors)
    {
        string again = $"edgeflora context add NAME {service.Context.Url} --token-file FILE --fingerprint {shown}";
        return (shown, service.Context.Fingerprint) switch
        {
            (null, _) => Finding.Failed("it shows no certificate: the port speaks something else than TLS", "correct the URL: edgeflora context ls"),
            (_, { } pinned) when string.Equals(shown, pinned, StringComparison.OrdinalIgnoreCase) => Finding.Ok("it is the pinned one"),
            (_, not null) => Finding.Failed(
                $"it shows another certificate than the pinned one: {shown}",
                $"compare it with the fingerprint that the service printed at its start; if that is the same: {again}"),
            _ when errors == SslPolicyErrors.None => Finding.Ok("this machine trusts it; it is not pinned"),
            _ => Finding.Failed(
                $"this machine does not trust it ({errors}), and none is pinned",
                $"compare {shown} with the fingerprint that the service printed at its start; if it is the same: {again}"),
        };
    }
}
