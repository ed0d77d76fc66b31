using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Run;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Puts an offer together from the run's settings.</summary>
internal static class OfferMaker
{
    public static TaskOffer Offer(RunFacts facts, TaskKind kind, MessageHeader header, BlobClaim adapter, long remainingMs, long hardCapMs, ulong seed)
    {
        CoordinatorOptions options = facts.Options;
        return new TaskOffer
        {
            Header = header,
            Kind = kind,
            Base = facts.Base,
            Adapter = adapter,
            Lora = new LoraSpec
            {
                Rank = options.Lora.Rank,
                Alpha = options.Lora.Alpha,
                Variant = options.Lora.Variant.ToString(),
                TargetModules = options.Lora.TargetModules,
                ModulesToSave = facts.ModulesToSave,
            },
            Labels = options.Labels,
            Hyper = kind == TaskKind.Train ? options.Training.Hyper(seed) : null,
            Codec = options.Training.UpdateCodec,
            RemainingMs = remainingMs,
            HardCapMs = hardCapMs,
            CheckpointEverySteps = options.Training.CheckpointEverySteps,
        };
    }
}
