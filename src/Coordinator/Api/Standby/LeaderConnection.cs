using System.Net;
using EdgeFlora.Coordinator.Api.Tls;
using EdgeFlora.Coordinator.Replicas;

namespace EdgeFlora.Coordinator.Api.Standby;

/// <summary>Connections to the replica that leads, for as long as it does. Thread-safe.</summary>
internal sealed class LeaderConnection : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private ReplicaAddress? address;
    private HttpMessageInvoker? client;

    /// <summary>A client that takes the certificate that the leader told of, and no other.</summary>
    public HttpMessageInvoker To(ReplicaAddress leader)
    {
        lock (gate)
        {
            if (client is null || address != leader)
            {
                client?.Dispose();
                (address, client) = (leader, New(leader));
            }

            return client;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            client?.Dispose();
            client = null;
        }
    }

    private static HttpMessageInvoker New(ReplicaAddress leader) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = ConnectTimeout,
        SslOptions =
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && leader.Fingerprint is not null
                && ApiCertificate.Fingerprint(certificate) == leader.Fingerprint,
        },
    });
}
