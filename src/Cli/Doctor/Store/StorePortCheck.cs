using System.Net.Sockets;
using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

internal sealed class StorePortCheck(StoreDiagnosis store) : ICheck
{
    public const string CheckName = "store.tcp";

    public string Name => CheckName;

    public string Deed => $"resolves {store.Options.Host} and connects to its port {store.Options.Port}";

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        try
        {
            return Finding.Ok($"{await store.ConnectAsync(stop)} answers");
        }
        catch (SocketException unknown) when (unknown.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain)
        {
            return Finding.Unreachable(
                $"{store.Options.Host} has no address: {unknown.Message}",
                $"correct the host in store.url, or the resolver: getent hosts {store.Options.Host}");
        }
        catch (SocketException silent)
        {
            return Finding.Unreachable(
                $"nothing answers at {store.Options.Host}:{store.Options.Port}: {silent.Message}",
                $"start PostgreSQL there, have it listen on that address (listen_addresses), or correct store.url: "
                    + $"pg_isready --host={store.Options.Host} --port={store.Options.Port}");
        }
    }
}
