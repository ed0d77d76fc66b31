using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeFlora.Coordinator.Api;
using EdgeFlora.Coordinator.Api.Tls;
using EdgeFlora.Coordinator.Tests.Api.Fakes;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Api.Tls;

public sealed class ApiCertificateTests
{
    [Fact]
    public async Task Replicas_that_start_on_one_folder_at_the_same_moment_have_one_certificate()
    {
        using var folder = new TemporaryFolder();
        var options = new ApiOptions { StateFolder = folder.Path };

        X509Certificate2[] made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => ApiCertificate.Load(options, TimeProvider.System), TestContext.Current.CancellationToken)));

        Assert.Single(made.Select(ApiCertificate.Fingerprint).Distinct());
        Assert.All(made, certificate => Assert.True(certificate.HasPrivateKey));
        Array.ForEach(made, certificate => certificate.Dispose());
    }

    [Fact]
    public async Task A_given_certificate_is_shown_with_the_authorities_behind_it()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using X509Certificate2 root = Sign("root", null, isAuthority: true);
        using X509Certificate2 between = Sign("between", root, isAuthority: true);
        using X509Certificate2 own = Sign("localhost", between, isAuthority: false);
        (string certificate, string key) = (folder["api.pem"], folder["api.key"]);
        await File.WriteAllTextAsync(certificate, $"{own.ExportCertificatePem()}\n{between.ExportCertificatePem()}\n", stop);
        await File.WriteAllTextAsync(key, own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), stop);
        await using ServedApi api = await ServedApi.StartAsync(options => options with { CertificateFile = certificate, KeyFile = key });

        using var client = new TcpClient();
        await client.ConnectAsync(api.Address.Host, api.Address.Port, stop);
        await using var tls = new SslStream(client.GetStream());
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        trust.CustomTrustStore.Add(root);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = trust }, stop);

        Assert.Equal(own.Thumbprint, Assert.IsType<X509Certificate2>(tls.RemoteCertificate).Thumbprint);
    }

    private static X509Certificate2 Sign(string name, X509Certificate2? issuer, bool isAuthority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        (DateTimeOffset from, DateTimeOffset until) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        if (issuer is null)
        {
            return request.CreateSelfSigned(from, until);
        }

        using X509Certificate2 signed = request.Create(issuer, from, until, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
