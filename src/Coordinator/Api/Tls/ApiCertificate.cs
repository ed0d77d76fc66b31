using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Replicas;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Api.Tls;

/// <summary>The API's certificate: a given one, or one that is made once and kept.</summary>
public static class ApiCertificate
{
    /// <summary>Ten years: clients pin the certificate itself, so that its age proves nothing.</summary>
    private const int Years = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <exception cref="InvalidDataException">A file holds no certificate, or the key is not its key.</exception>
    /// <param name="shared">Where replicas that have folders of their own keep it in common, so that all show the same; null: in the folder.</param>
    internal static X509Certificate2 Load(ApiOptions options, TimeProvider clock, ISharedFiles? shared = null)
    {
        if (options.CertificateFile is { } given)
        {
            return Read(given, options.KeyFile!, "api.certificate");
        }

        var folder = new StoreOptions { StateFolder = options.StateFolder };
        (string certificate, string key) = (folder.CertificateFile, folder.CertificateKeyFile);
        if (!File.Exists(certificate) || !File.Exists(key))
        {
            // Replicas that share the folder may start at the same moment: one makes it, and the others use it.
            using FileStream alone = Alone(Path.Combine(options.StateFolder, "api-certificate.lock"), clock);
            if (!File.Exists(certificate) || !File.Exists(key))
            {
                Make(certificate, key, options.Names, clock.GetUtcNow());
            }
        }

        if (shared is not null)
        {
            Agree(certificate, key, shared);
        }

        return Read(certificate, key, "the self-made certificate");
    }

    /// <summary>
    /// Authorities between a given certificate and one that clients trust, as its file holds them behind it: clients need not have them.
    /// </summary>
    internal static X509Certificate2Collection Chain(ApiOptions options)
    {
        var chain = new X509Certificate2Collection();
        if (options.CertificateFile is { } given)
        {
            chain.ImportFromPemFile(given);
            chain[0].Dispose();
            chain.RemoveAt(0);
        }

        return chain;
    }

    /// <summary>SHA-256 of the certificate, as <c>edgeflora context add --fingerprint</c> takes it.</summary>
    public static string Fingerprint(X509Certificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return $"sha256:{Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256))}";
    }

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

    /// <summary>Takes the one that replicas have. While the database is away that is the one of before.</summary>
    private static void Agree(string certificate, string key, ISharedFiles shared)
    {
        try
        {
            var own = new[] { certificate, key }.ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes, StringComparer.Ordinal);
            IReadOnlyDictionary<string, byte[]> agreed = shared.Agree(own);
            foreach (string file in new[] { certificate, key })
            {
                PrivateFiles.Write(file, agreed[Path.GetFileName(file)]);
            }
        }
        catch (StoreUnavailableException)
        {
            // Whoever leads says what is wrong with it.
        }
    }

    /// <exception cref="IOException">Another process holds the lock for longer than making a certificate takes.</exception>
    private static FileStream Alone(string file, TimeProvider clock)
    {
        long began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return PrivateFolder.Open(file, FileMode.OpenOrCreate, FileAccess.ReadWrite);
            }
            catch (IOException) when (clock.GetElapsedTime(began) < Patience)
            {
                Task.Delay(Pause, clock).GetAwaiter().GetResult();
            }
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
