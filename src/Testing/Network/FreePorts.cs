using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace EdgeFlora.Testing.Network;

/// <summary>Ports of the loopback address that nothing listens on.</summary>
internal static class FreePorts
{
    /// <summary>Below those that systems give to outgoing connections, one of which would take a port before its server has it.</summary>
    private const int Lowest = 15_000;
    private const int Highest = 32_000;

    /// <returns>So many different ones.</returns>
    public static int[] Take(int count)
    {
        List<TcpListener> held = [];
        try
        {
            while (held.Count < count)
            {
                var listener = new TcpListener(IPAddress.Loopback, RandomNumberGenerator.GetInt32(Lowest, Highest));
                try
                {
                    listener.Start();
                    held.Add(listener);
                }
                catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
                {
                    listener.Dispose();
                }
            }

            return [.. held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            held.ForEach(listener => listener.Dispose());
        }
    }
}
