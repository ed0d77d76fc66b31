using System.Net;

namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>A broker that speaks TLS with whatever certificate a test has it show, and two authorities; for one class.</summary>
public sealed class TlsBroker : IAsyncDisposable
{
    /// <summary>The one whose certificates clients trust.</summary>
    internal TestAuthority Authority { get; } = new("the test's authority");

    internal TestAuthority Stranger { get; } = new("a stranger");

    internal PrivateBroker Broker { get; } = new();

    /// <summary>What the broker shows where nothing is wrong.</summary>
    internal (string Certificate, string Key) Good() => Authority.Issue(["localhost"], IPAddress.Loopback);

    /// <summary>Has the broker show a certificate at its next connections; starts it if it does not run.</summary>
    internal async Task ShowAsync((string Certificate, string Key) pem, CancellationToken stop)
    {
        await File.WriteAllTextAsync(Broker.In("ca.pem"), Authority.Pem, stop);
        Broker.UseCertificate(pem, Authority.Pem);
        if (!Broker.IsRunning)
        {
            await Broker.StartAsync(stop);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        Authority.Dispose();
        Stranger.Dispose();
    }
}
