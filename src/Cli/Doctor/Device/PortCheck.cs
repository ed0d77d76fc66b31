using System.Net.Sockets;

namespace EdgeFlora.Cli.Doctor.Device;

internal sealed class PortCheck(DeviceContext device) : ICheck
{
    public const string CheckName = "broker.tcp";

    public string Name => CheckName;

    public string Deed => $"connects to {device.Diagnosis.Host}:{device.Diagnosis.Port}";

    public IReadOnlyList<string> Needs => [ResolveCheck.CheckName];

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        try
        {
            return Finding.Ok($"{await device.Diagnosis.ConnectAsync(stop)} answers");
        }
        catch (SocketException silent)
        {
            return Finding.Unreachable(
                $"nothing answers at {device.Diagnosis.Host}:{device.Diagnosis.Port}: {silent.Message}",
                $"start RabbitMQ there, open its port, or correct broker.url: nc -vz {device.Diagnosis.Host} {device.Diagnosis.Port}");
        }
    }
}
