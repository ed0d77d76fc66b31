using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeFlora.Coordinator.Api.Access;

namespace EdgeFlora.Coordinator.Api.Tls;

/// <summary>The API's certificate: a given one, or one that is made once and kept.</summary>
internal static class ApiCertificate
{
    /// <summary>Ten years: clients pin the certificate itself, so that its age proves nothing.</summary>
    private const int Years = 10;

    /// <exception cref="InvalidDataException">A file holds no certificate, or the key is not its key.</exception>
    public static X509Certificate2 Load(ApiOptions options, TimeProvider clock)
    {
        if (options.CertificateFile is { } given)
        {
            return Read(given, options.KeyFile!, "api.certificate");
        }

        string certificate = Path.Combine(options.StateFolder, "api-certificate.pem");
        string key = Path.Combine(options.StateFolder, "api-key.pem");
        if (!File.Exists(certificate) || !File.Exists(key))
        {
            Make(certificate, key, options.Names, clock.GetUtcNow());
        }

        return Read(certificate, key, "the self-made certificate");
    }

    /// <summary>SHA-256 of the certificate, as <c>edgeflora context add --fingerprint</c> takes it.</summary>
    public static string Fingerprint(X509Certificate2 certificate) =>
        $"sha256:{Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256))}";

    private static X509Certificate2 Read(string certificate, string key, string what)
    {
        try
        {
            using var read = X509Certificate2.CreateFromPemFile(certificate, key);

            // Schannel takes no key that lives in memory only.
            return OperatingSystem.IsWindows()
                ? X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null)
                : X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (CryptographicException wrong)
        {
            throw new InvalidDataException(
                $"{what} '{certificate}' with key '{key}' cannot be used: {wrong.Message}; both must be PEM files that belong together", wrong);
        }
    }

    private static void Make(string certificate, string key, IReadOnlyList<string> names, DateTimeOffset now)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=EdgeFlora coordinator", pair, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names.Append("localhost").Append(Environment.MachineName).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        alternatives.AddIpAddress(IPAddress.Loopback);
        alternatives.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false)); // server authentication
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
        PrivateFiles.Write(key, Encoding.ASCII.GetBytes(pair.ExportPkcs8PrivateKeyPem()));
        PrivateFiles.Write(certificate, Encoding.ASCII.GetBytes(made.ExportCertificatePem()));
    }
}
