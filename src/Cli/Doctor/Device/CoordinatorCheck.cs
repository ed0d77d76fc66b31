using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>That somebody reads what agents send.</summary>
internal sealed class CoordinatorCheck(DeviceContext device) : ICheck
{
    public string Name => "coordinator.present";

    public string Deed => $"asks the broker who reads {Queues.Fleet}";

    public IReadOnlyList<string> Needs => [LoginCheck.CheckName];

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        QueueDepth fleet;
        try
        {
            fleet = (await new QueueProbe(device.Broker, device.Clock).DepthsAsync([Queues.Fleet], stop))[0];
        }
        catch (Exception refused) when (BrokerAnswers.IsRefusal(refused))
        {
            return Finding.NotTried("the broker tells this user nothing of it");
        }

        return fleet is { Exists: true, Consumers: > 0 }
            ? Finding.Ok(FormattableString.Invariant($"a coordinator does; {fleet.Messages} messages wait for it"))
            : Finding.Warning(
                "no coordinator is at work at this broker; the agent would wait for one",
                "start it, with this broker and virtual host: edgeflora coordinator");
    }
}
