using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>Whether a task fits into this device's memory, by what was measured on it. Without measurements everything is tried.</summary>
/// <param name="measured">SHA-256 of the model that <paramref name="device"/> was measured with; tasks on others are tried.</param>
/// <param name="available">Bytes that may still be taken, now.</param>
internal sealed class MemoryCheck(DeviceProfile? device, string measured, IEngine engine, int threads, Func<long> available)
{
    /// <exception cref="DeclinedException">The task does not fit; with a rank that would, if there is one.</exception>
    public void Require(TaskOffer offer, BaseModel model)
    {
        // A variant that is none is refused when the adapter is read.
        var variant = Enum.TryParse(offer.Lora.Variant, out AdapterVariant known) ? known : AdapterVariant.Lora;
        if (model.Sha256 != measured || device?.MemoryOf(variant) is not { } memory || offer.Hyper is not { } hyper || offer.Kind != TaskKind.Train)
        {
            return;
        }

        int tokens = Math.Min(hyper.MaxTokens, model.MaxTokens);
        long atOnce = TokensAtOnce(hyper.BatchSize, tokens);
        (long room, long needed) = (Room(device), memory.Bytes(offer.Lora.Rank, atOnce, tokens));
        if (needed > room)
        {
            int? rank = memory.LargestRank(room, atOnce, tokens);
            throw new DeclinedException(
                DeclineReason.OutOfMemory,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Rank {offer.Lora.Rank} of {variant} with {hyper.BatchSize} examples of {tokens} tokens takes {needed >> 20} MiB here, "
                        + $"and {Math.Max(0, room) >> 20} MiB are free")
                + (rank is { } fits ? FormattableString.Invariant($"; rank {fits} would fit.") : "; with so many examples no rank would fit."))
            {
                SuggestRank = rank,
            };
        }
    }

    /// <summary>The engine as a hello tells of it.</summary>
    public EngineCapability Capability()
    {
        var capability = new EngineCapability
        {
            Engine = engine.Name,
            Device = engine.Device,
            MemoryTotalBytes = engine.MemoryBytes,
            MemoryFreeBytes = available(),
            TokensPerSecond = device?.TokensPerSecond,
        };
        return device?.Memory is not { } memory ? capability : capability with
        {
            LargestRank = memory.LargestRank(Room(device), TokensAtOnce(DeviceProfile.UsualBatch, memory.MaxTokens), memory.MaxTokens),
            LargestBatch = memory.LargestBatch(
                Room(device),
                DeviceProfile.UsualRank,
                batch => TokensAtOnce(batch, memory.MaxTokens),
                memory.MaxTokens),
            MeasuredTokens = memory.MaxTokens,
        };
    }

    private long Room(DeviceProfile profile) => available() - profile.MappedBytes;

    private long TokensAtOnce(int batchSize, int tokens) =>
        engine.TokensAtOnce(new TrainingPlan { Steps = 1, BatchSize = batchSize, LearningRate = 1, MaxTokens = tokens, Seed = 0, Threads = threads });
}
