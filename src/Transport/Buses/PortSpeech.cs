using System.Net.Security;
using System.Net.Sockets;

namespace EdgeFlora.Transport.Buses;

/// <summary>
/// Finds out what a port speaks when a connection failed for no reason that it gave: TLS spoken to a plain port, and plain AMQP to a TLS port, fail
/// in the dark.
/// </summary>
internal static class PortSpeech
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static ReadOnlySpan<byte> Greeting => "AMQP\0\0\u0009\u0001"u8;

    /// <summary>What is wrong with the URL's scheme, in a sentence; null if that is not the reason, or cannot be told.</summary>
    public static async Task<string?> ProblemAsync(BrokerAddress address, TimeProvider clock, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return (address.Tls, await (address.Tls ? SpeaksPlainAsync(address, either.Token) : SpeaksTlsAsync(address, either.Token))) switch
            {
                (true, true) => $"The broker at {address.Host}:{address.Port} does not speak TLS on this port; its TLS port is usually 5671, or "
                    + "write amqp:// for a connection without encryption.",
                (false, true) => $"The broker at {address.Host}:{address.Port} speaks TLS on this port; write amqps://.",
                _ => null,
            };
        }
        catch (Exception silent) when (!stop.IsCancellationRequested && silent is IOException or SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A plain broker answers the greeting with a method frame (1), or with its own greeting if it does not like ours.</summary>
    private static async Task<bool> SpeaksPlainAsync(BrokerAddress address, CancellationToken stop)
    {
        using TcpClient client = await ConnectAsync(address, stop);
        await client.GetStream().WriteAsync(Greeting.ToArray(), stop);
        byte[] first = new byte[1];
        return await client.GetStream().ReadAsync(first, stop) == 1 && first[0] is 1 or (byte)'A';
    }

    /// <summary>Whoever shows a certificate speaks TLS. It is refused, whatever it is: nothing is said over this connection.</summary>
    private static async Task<bool> SpeaksTlsAsync(BrokerAddress address, CancellationToken stop)
    {
        using TcpClient client = await ConnectAsync(address, stop);
        bool shown = false;
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) =>
        {
            shown = certificate is not null;
            return false;
        });
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, stop);
        }
        catch (Exception failure) when (failure is System.Security.Authentication.AuthenticationException or IOException)
        {
            // Refused by ourselves, or no TLS.
        }

        return shown;
    }

    private static async Task<TcpClient> ConnectAsync(BrokerAddress address, CancellationToken stop)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port, stop);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}
