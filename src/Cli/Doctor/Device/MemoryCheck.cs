using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>That the memory which is free is enough for what training takes, by what was measured on this device.</summary>
/// <param name="free">Bytes that may still be taken, all limits considered.</param>
internal sealed class MemoryCheck(DeviceContext device, Func<long> free) : ICheck
{
    private const string Mend = "end other programs, raise the container's limit, or choose a smaller model or weights: int8";

    public string Name => "memory";

    public string Deed => "compares the memory that is free, all limits considered, with what training takes";

    public IReadOnlyList<string> Needs => [ModelCheck.CheckName, EngineCheck.CheckName];

    public Task<Finding> RunAsync(CancellationToken stop)
    {
        BaseModel model = device.Model!;
        long available = free();
        if (device.Engine is not { } choice)
        {
            return Task.FromResult(Finding.Ok(FormattableString.Invariant(
                $"{available >> 20:N0} MiB are free; what the trainer takes only it knows (trainer.memory bounds it)")));
        }

        (long needed, string what) = Need(choice, model);
        string text = FormattableString.Invariant($"{available >> 20:N0} MiB are free; {what} takes {needed >> 20:N0} MiB");
        return Task.FromResult(needed > available ? Finding.Failed(text, Mend) : Finding.Ok(text));
    }

    private (long Bytes, string What) Need(EngineChoice choice, BaseModel model)
    {
        if (MeasuredDevice.Known(device.Settings, choice.Engine, model) is not { Memory: { } memory } profile)
        {
            // Pages of a mapped file are given back under pressure, but without them every step reads the disk.
            return (model.WeightBytes, "the model alone");
        }

        int tokens = memory.MaxTokens;
        var plan = new TrainingPlan
        {
            Steps = 1,
            BatchSize = DeviceProfile.UsualBatch,
            LearningRate = 1,
            MaxTokens = tokens,
            Seed = 0,
            Threads = device.Agent.Limits.Threads,
        };
        long bytes = profile.MappedBytes + memory.Bytes(DeviceProfile.UsualRank, choice.Engine.TokensAtOnce(plan), tokens);
        return (bytes, FormattableString.Invariant(
            $"training of rank {DeviceProfile.UsualRank} with {DeviceProfile.UsualBatch} examples of {tokens} tokens, as measured here,"));
    }
}
