using System.Net.Sockets;

namespace EdgeFlora.Cli.Doctor.Service;

internal sealed class ReachCheck(ServiceExamination service) : ICheck
{
    public const string CheckName = "service.tcp";

    public string Name => CheckName;

    public string Deed => $"connects to {service.Url.Host}:{service.Url.Port}";

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(service.Url.Host, service.Url.Port, stop);
            return Finding.Ok($"{client.Client.RemoteEndPoint} answers");
        }
        catch (SocketException silent)
        {
            return Finding.Unreachable(
                $"nothing answers at {service.Url.Host}:{service.Url.Port}: {silent.Message}",
                "start the service (edgeflora coordinator), open its port, or correct its URL (edgeflora context ls)");
        }
    }
}
