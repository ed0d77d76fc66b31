using EdgeFlora.Transport.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>A message to a queue of the agent's own and back.</summary>
internal sealed class QueueCheck(DeviceContext device) : ICheck
{
    public const string CheckName = "broker.queue";

    public string Name => CheckName;

    public string Deed => "sends a message to a queue of its own and takes it out again";

    public IReadOnlyList<string> Needs => [RightsCheck.CheckName];

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        TimeSpan took = await new QueueRoundTrip(device.Broker, device.Clock).RunAsync(device.Agent.Name, messages: 1, bytes: 100, stop);
        return Finding.Ok(FormattableString.Invariant($"it came back after {took.TotalMilliseconds:0} ms"));
    }
}
