using System.Reflection;
using System.Runtime.InteropServices;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tasks;

namespace EdgeFlora.EdgeAgent.Presence;

/// <summary>What an agent says of itself in a hello, as things stand when it says it.</summary>
/// <param name="installation">Identifies the state folder.</param>
/// <param name="cache">Where it keeps fetched models; null: it fetches none.</param>
/// <param name="engine">What trains.</param>
internal sealed class Introduction(
    AgentOptions options,
    Guid installation,
    DataSets data,
    LocalModels models,
    ModelCache? cache,
    Func<EngineCapability> engine,
    TaskRegistry registry,
    AgentConnection connection)
{
    public AgentHello Hello(MessageHeader header)
    {
        PrivateData first = data.All[0];
        IReadOnlyList<OpenTask> open = registry.OpenTasks;
        return new AgentHello
        {
            Header = header,
            Installation = installation,
            Labels = options.Labels,
            DataSets = [.. data.All.Select(Summary)],
            ReplyQueue = connection.Queue,
            ConnectionQueue = connection.ConnectionQueue,
            ContractMin = ContractVersion.Oldest,
            ContractMax = ContractVersion.Current,
            Build = typeof(Introduction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            Platform = RuntimeInformation.RuntimeIdentifier,
            Role = options.Role,
            Task = first.Task.Learning(),
            Engines = [engine()],
            CpuCores = Environment.ProcessorCount,
            Limits = Limits,
            DiskFreeBytes = new DriveInfo(Path.GetFullPath(options.StateFolder)).AvailableFreeSpace,
            Data = new DataSummary { Examples = first.Training, HeldOut = first.HeldOut, Sha256 = first.Sha256 },
            Bases = models.References,
            ModelCache = cache?.Summary,
            Journal = open is [var longest, ..] ? longest : null,
            Tasks = open,
        };
    }

    private DeviceLimits Limits => new()
    {
        Threads = options.Limits.Threads,
        Nice = options.Limits.Nice,
        MemoryBytes = options.Limits.MemoryBytes,
        DiskBytes = options.Limits.DiskBytes,
        BytesUp = options.Limits.BytesUp,
        BytesDown = options.Limits.BytesDown,
        Hours = options.Allow.Hours.Equals(WorkHours.Always) ? null : options.Allow.Hours.ToString(),
        OnBattery = options.Allow.OnBattery,
        Metered = options.Allow.Metered,
        LocalModelsOnly = options.Allow.LocalModelsOnly,
    };

    private static DataSetSummary Summary(PrivateData set) =>
        new() { Name = set.Name, Task = set.Task.Learning(), Examples = set.Training, HeldOut = set.HeldOut, Sha256 = set.Sha256 };
}
