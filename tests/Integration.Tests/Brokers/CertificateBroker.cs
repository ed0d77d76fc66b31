using System.Net;

namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>A broker with its management API that speaks TLS and takes certificates of an authority in place of passwords, for one class.</summary>
public sealed class CertificateBroker : IAsyncDisposable
{
    private bool takes;

    internal TestAuthority Authority { get; } = new("the owner's authority");

    internal TestAuthority Stranger { get; } = new("a stranger");

    internal PrivateBroker Broker { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        Authority.Dispose();
        Stranger.Dispose();
    }

    /// <summary>Starts the broker, or makes it as if it had been started just now.</summary>
    internal async Task EmptyAsync(CancellationToken stop)
    {
        if (!Broker.IsRunning || !takes)
        {
            await StartAsync(takesCertificates: true, stop);
        }

        await ManagedServer.EmptyAsync(Broker.Management, stop);
    }

    /// <summary>Starts the broker, or starts it again.</summary>
    internal async Task StartAsync(bool takesCertificates, CancellationToken stop)
    {
        if (Broker.IsRunning)
        {
            await Broker.StopAsync(stop);
        }
        else
        {
            await File.WriteAllTextAsync(Broker.In("ca.pem"), Authority.Pem, stop);
            Broker.UseCertificate(Authority.Issue(["localhost"], IPAddress.Loopback), Authority.Pem);
            Broker.UseManagement();
        }

        Broker.UseLoginsByCertificate(takesCertificates);
        takes = takesCertificates;
        await Broker.StartAsync(stop);
    }
}
