using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace EdgeFlora.Testing.Network;

/// <summary>Ports of the loopback address that nothing listens on.</summary>
internal static class FreePorts
{
    /// <summary>Below those that systems give to outgoing connections, one of which would take a port before its server has it.</summary>
    private const int Lowest = 15_000;

    /// <summary>Ports that a process keeps to itself.</summary>
    private const int Share = 500;

    private const int Shares = 34;

    private static readonly (int First, int Last, FileStream? Claim) Own = Claimed();

    /// <returns>So many different ones.</returns>
    public static int[] Take(int count)
    {
        List<TcpListener> held = [];
        try
        {
            while (held.Count < count)
            {
                var listener = new TcpListener(IPAddress.Loopback, RandomNumberGenerator.GetInt32(Own.First, Own.Last));
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

    /// <summary>
    /// Tests of several projects may run side by side, and nothing listens on a port that was just chosen, or whose server is being started again: so
    /// each process takes its ports from a share that is its own until it ends, by a locked file. All of them where none can be had.
    /// </summary>
    private static (int First, int Last, FileStream? Claim) Claimed()
    {
        int begin = RandomNumberGenerator.GetInt32(Shares);
        for (int i = 0; i < Shares; i++)
        {
            int first = Lowest + ((begin + i) % Shares * Share);
            string file = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"edgeflora-ports-{first}"));
            try
            {
                return (first, first + Share, new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
            {
                // By another process, or by another user's.
            }
        }

        return (Lowest, Lowest + (Shares * Share), null);
    }
}
