using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>What trains an agent's tasks: a product's own engine, a program, or an engine of EdgeFlora's.</summary>
internal static class TrainingSelection
{
    /// <param name="engine">Null if <see cref="AgentOptions.Trainer"/> or <paramref name="own"/> trains.</param>
    /// <param name="own">An engine of the product's that holds the agent.</param>
    /// <param name="device">What this device can train with the first model, if it was measured.</param>
    /// <param name="firstModel">Hash of the first model's weights.</param>
    public static ILocalTraining For(
        AgentOptions options, IEngine? engine, ITrainingEngine? own, DeviceProfile? device, string firstModel, WorkPermit permit, TimeProvider clock,
        ILogger log)
    {
        if (own is not null)
        {
            return new EngineTraining(own, options, permit, clock, log);
        }

        if (options.Trainer is { } trainer)
        {
            return new CommandTraining(trainer, options, permit, clock, log);
        }

        ArgumentNullException.ThrowIfNull(engine);
        var memory = new MemoryCheck(device, firstModel, engine, options.Limits.Threads, () => AvailableMemory.Bytes);
        MemoryPlanning? planning = MemoryPlanner.Covers(engine)
            ? new MemoryPlanning(device, options.Limits, engine is RemoteEngine, () => MemoryCeiling.Now(options.Limits.MemoryBytes))
            : null;
        return new LocalTraining(engine, memory, options, permit, clock, log, planning);
    }
}
