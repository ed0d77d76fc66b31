using EdgeFlora.Contracts;
using EdgeFlora.Transport.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>A body of an adapter's size through the broker and back. Through a coordinator none goes without a task.</summary>
internal sealed class BodyCheck(DeviceContext device) : ICheck
{
    public const string CheckName = "broker.body";

    private const int Chunks = 4;

    public string Name => CheckName;

    public string Deed => $"sends a body of {(Chunks * WireLimits.ChunkBytes) >> 20} MiB in chunks through the broker and compares what comes back";

    public IReadOnlyList<string> Needs => [QueueCheck.CheckName];

    public TimeSpan Limit => TimeSpan.FromMinutes(3);

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        TimeSpan took = await new QueueRoundTrip(device.Broker, device.Clock).RunAsync(
            device.Agent.Name, Chunks, WireLimits.ChunkBytes, stop);
        double rate = Chunks * (double)WireLimits.ChunkBytes / Math.Max(took.TotalSeconds, 0.001) / (1 << 20);
        return Finding.Ok(FormattableString.Invariant(
            $"the same bytes came back, {rate:0.0} MiB/s both ways; not tried through a coordinator, which takes bodies for tasks only"));
    }
}
