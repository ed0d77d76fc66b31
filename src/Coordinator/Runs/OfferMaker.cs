using EdgeFlora.Adapters;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>Puts an offer together from the run's settings.</summary>
internal static class OfferMaker
{
    /// <param name="model">What to start from or to measure.</param>
    /// <param name="adapter">Its body, or that of its read-out at a lower rank.</param>
    /// <param name="lora">Rank and scale of that body.</param>
    /// <param name="rules">What the strategies ask of training; empty when only measuring.</param>
    public static TaskOffer Offer(
        RunFacts facts, TaskKind kind, MessageHeader header, StoredModel model, BlobClaim adapter, LoraSettings lora,
        IReadOnlyList<FactorRule> rules, long remainingMs, long hardCapMs, ulong seed)
    {
        CoordinatorOptions options = facts.Options;
        bool trains = kind == TaskKind.Train;
        TrainingOptions training = trains ? options.TrainingOf(header.AgentId, header.Round) : options.Training;
        return new TaskOffer
        {
            Header = header with { TraceParent = facts.Telemetry.PlaceOf(header) },
            Kind = kind,
            Intake = Queues.RunIntake(facts.RunId),
            Chunks = Queues.RunChunks(facts.RunId),
            Priority = facts.Terms.Priority,
            Base = facts.Base,
            BaseArchive = facts.Archive,
            Adapter = adapter,
            Lora = new LoraSpec
            {
                Rank = lora.Rank,
                Alpha = lora.Alpha,
                Variant = lora.Variant.ToString(),
                TargetModules = lora.TargetModules,
                ModulesToSave = lora.ModulesToSave,
            },
            Labels = options.Labels,
            Hyper = trains ? training.Hyper(options.Task, seed, header.Round, options.Rounds.Count) : null,
            Codec = options.Training.UpdateCodec,
            RemainingMs = remainingMs,
            HardCapMs = hardCapMs,
            CheckpointEverySteps = training.CheckpointEverySteps,
            MinContract = trains ? facts.ContractNeeded.Version : NeededToMeasure(options, model),
            Factors = rules,
            BaseDelta = model.BaseDelta,
            PersonalHead = options.Training.PersonalHead,
            ControlVariates = trains && options.Training.ControlVariates,
            Control = trains && options.Training.ControlVariates ? model.Momentum : null,
            TrainAlone = trains && options.Training.Alone,
            ClassCounts = trains && options.Aggregation.PerClassHeads,
            Task = options.Task,

            // Evaluators measure on data of their own, whatever it is called.
            DataSet = trains ? facts.Terms.DataSet : null,

            // Losses of a language model compare only if all texts are cut alike: with more before it, a token is easier to predict.
            MaxTokens = !trains && options.Task == LearningTask.LanguageModel ? options.Training.MaxTokens : null,
        };
    }

    private static int NeededToMeasure(CoordinatorOptions options, StoredModel model) =>
        options.Training.PersonalHead ? ContractVersion.Personal
        : options.Task == LearningTask.LanguageModel ? ContractVersion.LanguageModels
        : model.BaseDelta is not null ? ContractVersion.FactorRules
        : ContractVersion.Oldest;
}
