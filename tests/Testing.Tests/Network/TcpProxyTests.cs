using System.Net;
using System.Net.Sockets;
using EdgeFlora.Testing.Network;

namespace EdgeFlora.Testing.Tests.Network;

/// <summary>A bad link to a broker.</summary>
public sealed class TcpProxyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_is_away_is_reached_again_once_it_is_back()
    {
        int port = FreePorts.Take(1)[0];
        await using var proxy = new TcpProxy(IPAddress.Loopback.ToString(), port, bytesPerSecond: 1_000_000, TimeSpan.Zero);
        proxy.Start();
        using (TcpClient early = await ConnectAsync(proxy))
        {
            Assert.Equal(0, await EndOfAsync(early));
        }

        using var broker = new TcpListener(IPAddress.Loopback, port);
        broker.Start();
        using TcpClient agent = await ConnectAsync(proxy);
        using TcpClient accepted = await broker.AcceptTcpClientAsync(Stop);
        await agent.GetStream().WriteAsync(new byte[] { 7 }, Stop);

        byte[] heard = new byte[1];
        await accepted.GetStream().ReadExactlyAsync(heard, Stop);
        Assert.Equal([7], heard);
    }

    private static async Task<TcpClient> ConnectAsync(TcpProxy proxy)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, proxy.Port, Stop);
        return client;
    }

    /// <summary>Bytes that came before the connection was closed on us; a reset is an end as well.</summary>
    private static async Task<int> EndOfAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1], Stop);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
