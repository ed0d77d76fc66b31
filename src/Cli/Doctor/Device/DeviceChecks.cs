using EdgeFlora.Cli.Engines;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.Learning.Devices;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>All checks of a device, in the order in which they build on each other.</summary>
internal static class DeviceChecks
{
    public static IReadOnlyList<ICheck> Of(DeviceContext device) =>
    [
        new VersionCheck(),
        new ResolveCheck(device),
        new PortCheck(device),
        new CertificateCheck(device),
        new LoginCheck(device),
        new RightsCheck(device),
        new QueueCheck(device),
        new BodyCheck(device),
        new CoordinatorCheck(device),
        new ClockCheck(device),
        new DiskCheck(device.Agent.StateFolder),
        new ModesCheck(device.Agent.StateFolder),
        new DataCheck(device),
        new ModelCheck(device),
        new ModelCacheCheck(device, ModelCache.FreeBytes),
        new EngineCheck(device, InstalledWorkers.Programs),
        new MemoryCheck(device, () => AvailableMemory.Bytes),
    ];
}
