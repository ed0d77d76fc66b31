using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>Makes tasks of the portable engine fit into this device's memory: see <see cref="MemoryPlanner"/>.</summary>
/// <param name="device">What was measured on this device; null if nothing was.</param>
/// <param name="apart">Whether tasks are trained in processes of their own, beside this one.</param>
/// <param name="ceiling">What may be taken in all, now.</param>
internal sealed class MemoryPlanning(DeviceProfile? device, LimitOptions limits, bool apart, Func<MemoryCeiling> ceiling)
{
    /// <returns>How the task is trained so that it fits; one that only measures is never refused.</returns>
    /// <exception cref="DeclinedException">Nothing makes it fit; with the numbers, the limit, and what would.</exception>
    public MemoryPlan Require(TaskOffer offer, BaseModel model)
    {
        TrainingShape shape = Shape(offer, model);
        (MemoryChoice choice, MemoryCeiling now) = Choose(shape);
        if (choice.Plan?.Savings != MemorySavings.None)
        {
            // What earlier tasks left counts as taken until it is collected.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            (choice, now) = Choose(shape);
        }

        return choice.Plan ?? (offer.Kind == TaskKind.Train ? throw Refusal(shape, choice, now) : choice.Least);
    }

    /// <summary>The most that fits, beside what the engine says of itself.</summary>
    public EngineCapability Capability(EngineCapability engine)
    {
        if (device?.Least is not { } least)
        {
            return engine;
        }

        MemoryCeiling now = ceiling();
        long room = now.Bytes - Process(now);
        bool fits = least.LargestRank(room, 0, least.MaxTokens) >= DeviceProfile.UsualRank;
        return engine with
        {
            MemoryTotalBytes = Math.Min(engine.MemoryTotalBytes, now.Bytes),
            MemoryFreeBytes = Math.Max(0, now.Bytes - now.Resident),
            LargestRank = least.LargestRank(room, 0, least.MaxTokens),

            // Batches are held by parts, so their size makes no difference.
            LargestBatch = fits ? MemoryFit.MostBatch : null,
            MeasuredTokens = least.MaxTokens,
        };
    }

    private (MemoryChoice Choice, MemoryCeiling Now) Choose(TrainingShape shape)
    {
        // The plan counts the weights; what of them lies in memory now must not count twice.
        shape.Model.Unload();
        MemoryCeiling now = ceiling();
        return (MemoryPlanner.Choose(shape, Process(now), now.Bytes, limits.RoundWeights), now);
    }

    /// <summary>What is taken beside training: as it is now, or as it was when this was measured, before which much had not been compiled.</summary>
    private long Process(MemoryCeiling now)
    {
        long measured = device?.ProcessBytes ?? 0;
        return apart ? now.Resident + (measured > 0 ? measured : now.Resident) : Math.Max(measured, now.Resident);
    }

    private TrainingShape Shape(TaskOffer offer, BaseModel model) => new()
    {
        Model = model,
        Labels = offer.Task == LearningTask.LanguageModel ? null : offer.Labels.Count,
        Rank = offer.Lora.Rank,

        // A variant that is none is refused when the adapter is read.
        Variant = Enum.TryParse(offer.Lora.Variant, out AdapterVariant known) ? known : AdapterVariant.Lora,
        Targets = offer.Lora.TargetModules,
        Plan = TrainingPlans.Of(offer, model, limits.Threads),
        IsFolded = offer.BaseDelta is not null,
        IsCorrected = offer.ControlVariates,
    };

    private DeclinedException Refusal(TrainingShape shape, MemoryChoice choice, MemoryCeiling now)
    {
        long needed = MemoryPlan.Megabytes(choice.Least.TotalBytes);
        int tokens = Math.Min(shape.Plan.MaxTokens, shape.Model.MaxTokens);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"Rank {shape.Rank} of {shape.Variant} with {shape.Plan.ExamplesPerStep} examples of {tokens} tokens takes at least {choice.Least} here, "
                + $"and {now.Source} allows {now.Bytes / 1_000_000} MB");
        string fits = (choice.LargestRank, choice.TopLayers) switch
        {
            ({ } rank, { } top) => FormattableString.Invariant($"; rank {rank} would fit, or adapters on the last {top.Blocks} of {top.Of} layers"),
            ({ } rank, null) => FormattableString.Invariant($"; rank {rank} would fit"),
            (null, { } top) => FormattableString.Invariant($"; adapters on the last {top.Blocks} of {top.Of} layers would fit"),
            _ => "; no rank would fit",
        };
        string[] helps =
        [
            .. now.Source == MemoryCeiling.Owner ? [FormattableString.Invariant($"raise limits.memory to {needed} MB")] : Array.Empty<string>(),
            .. limits.RoundWeights ? Array.Empty<string>() : ["set weights to auto, which may hold them in fewer bits"],
        ];
        string help = helps.Length == 0 ? "" : $". To take it as it is, {string.Join(", or ", helps)}";
        return new DeclinedException(DeclineReason.OutOfMemory, $"{text}{fits}{help}.") { SuggestRank = choice.LargestRank };
    }
}
