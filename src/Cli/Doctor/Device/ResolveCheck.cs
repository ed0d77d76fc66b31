using System.Net;
using System.Net.Sockets;

namespace EdgeFlora.Cli.Doctor.Device;

internal sealed class ResolveCheck(DeviceContext device) : ICheck
{
    public const string CheckName = "broker.dns";

    public string Name => CheckName;

    public string Deed => $"resolves {device.Diagnosis.Host}";

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        try
        {
            IReadOnlyList<IPAddress> addresses = await device.Diagnosis.ResolveAsync(stop);
            return Finding.Ok(string.Join(", ", addresses));
        }
        catch (SocketException unknown)
        {
            return Finding.Unreachable(
                $"{device.Diagnosis.Host} has no address: {unknown.Message}",
                $"correct the host in broker.url, or the resolver: getent hosts {device.Diagnosis.Host}");
        }
    }
}
