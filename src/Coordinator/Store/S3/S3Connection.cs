using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>How S3 is spoken to: over TLS that is always checked, signed, and with no retries of the client's own, which would be silent.</summary>
internal static class S3Connection
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A name that has moved to another address is found again within this time.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <exception cref="CoordinatorOptionsException">The authorities' file holds none.</exception>
    public static AmazonS3Client Open(S3Options options, HttpClient http)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle ?? options.Endpoint is not null,
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            HttpClientFactory = new OneClient(http),
            DisableClockSkewCorrection = true,
            DisableLogging = true,
            AllowAutoRedirect = false,

            // What is signed holds the content's hash already; servers other than Amazon's know no newer sums.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = options.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
            config.IgnoreConfiguredEndpointUrls = true;
        }

        return new AmazonS3Client(options.AccessKey is null ? new ChainCredentials(config) : new KeyOfFile(options), config);
    }

    /// <summary>Connections that trust the authorities of the settings, or the system's.</summary>
    /// <exception cref="CoordinatorOptionsException">The file of authorities holds none.</exception>
    public static HttpClient Connect(S3Options options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = Lifetime,
            UseCookies = false,
        };
        if (options.Ca is { } file)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trusting(Authorities(file)) };
        }

        // Each call has a limit of its own.
        return new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    private static X509ChainPolicy Trusting(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static X509Certificate2Collection Authorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CoordinatorOptionsException(
                $"s3.ca is '{file}', which cannot be used ({unusable.Message.TrimEnd('.')}); give a PEM file with certificates of authorities.",
                unusable);
        }

        return authorities.Count > 0
            ? authorities
            : throw new CoordinatorOptionsException(
                $"s3.ca is '{file}', which holds no certificate; give a PEM file with certificates of authorities.");
    }

    /// <summary>The key of the settings. Its file is read for each request: a key that was changed counts at once.</summary>
    private sealed class KeyOfFile(S3Options options) : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => new(options.AccessKey, options.SecretKey(), token: null);
    }

    private sealed class OneClient(HttpClient http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
