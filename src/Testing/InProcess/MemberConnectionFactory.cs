using System.Globalization;
using EdgeFlora.Testing.Network;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Testing.InProcess;

/// <summary>Makes the connections of members: one bus in memory for all, or a connection of its own to a broker for each, which can be cut.</summary>
internal sealed class MemberConnectionFactory : IAsyncDisposable
{
    private const int AsFastAsCanBe = 1_000_000_000;

    private readonly string? url;
    private readonly TimeSpan limit;
    private readonly MessageBus own;

    private MemberConnectionFactory(string? url, TimeSpan limit, MessageBus own)
    {
        this.url = url;
        this.limit = limit;
        this.own = own;
    }

    /// <summary>The test's own bus: in memory everybody's.</summary>
    public MessageBus Own => own;

    /// <param name="url">The broker; null: in memory.</param>
    /// <param name="limit">Longest that a connection is waited for.</param>
    public static async Task<MemberConnectionFactory> OpenAsync(string? url, TimeSpan limit, CancellationToken stop) =>
        new(url, limit, await BusFactory.StartAsync(Options(url, limit), TimeProvider.System, loggers: null, stop));

    public async Task<MemberConnection> OpenAsync(CancellationToken stop)
    {
        if (url is null)
        {
            return new MemberConnection(own, Link: null, IsShared: true);
        }

        var given = new Uri(url);
        int port = given.Port > 0 ? given.Port : given.Scheme == "amqps" ? 5671 : 5672;
        var link = new TcpProxy(given.Host, port, AsFastAsCanBe, TimeSpan.Zero);
        link.Start();
        string user = given.UserInfo.Length > 0 ? $"{given.UserInfo}@" : "";
        string rest = string.Create(CultureInfo.InvariantCulture, $"{user}127.0.0.1:{link.Port}{given.PathAndQuery}");
        BrokerOptions over = Options($"{given.Scheme}://{rest}", limit);
        try
        {
            return new MemberConnection(
                await BusFactory.StartAsync(
                    given.Scheme == "amqps" ? over with { ServerName = given.Host } : over, TimeProvider.System, loggers: null, stop),
                link,
                IsShared: false);
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await BusFactory.StopAsync(own);

    private static BrokerOptions Options(string? url, TimeSpan limit) =>
        new() { Url = url, Heartbeat = TimeSpan.FromSeconds(5), ConnectTimeout = limit };
}
