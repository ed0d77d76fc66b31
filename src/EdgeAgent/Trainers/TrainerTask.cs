using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>What <c>task.json</c> says: the words of docs/trainer-contract.md and docs/trainer-task.schema.json.</summary>
internal sealed record TrainerTask
{
    /// <summary>Version of the contract for tasks of which every trainer knows all words.</summary>
    public const int Version = 1;

    /// <summary>The version that has <see cref="TrainingPart.Proximal"/>.</summary>
    public const int ProximalVersion = 2;

    /// <summary>The version that has <see cref="TrainingPart.Correction"/>.</summary>
    public const int CorrectionVersion = 3;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    /// <summary>
    /// The oldest version of the contract that has all words of this task: a trainer that finds a higher one than it knows ends with
    /// <see cref="TrainerProcess.NotForThisTrainer"/>, in place of training otherwise.
    /// </summary>
    public int Contract => Training switch
    {
        { Correction: true } => CorrectionVersion,
        { Proximal: not null } => ProximalVersion,
        _ => Version,
    };

    /// <summary><c>train</c> or <c>evaluate</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>classification</c> or <c>lm</c>.</summary>
    public required string Task { get; init; }

    public required int Round { get; init; }

    public required ModelPart Model { get; init; }

    public required AdapterPart Adapter { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    public required DataPart Data { get; init; }

    /// <summary>Null where nothing is trained.</summary>
    public TrainingPart? Training { get; init; }

    public required int MaxTokens { get; init; }

    public required int Threads { get; init; }

    /// <param name="rows">Numbers of rows to train on and to measure on.</param>
    /// <exception cref="DeclinedException">Programs of owners cannot be given such a task.</exception>
    public static TrainerTask Of(TaskOffer offer, TrainingStart start, TrainingPlan plan, (int Train, int HeldOut) rows)
    {
        LoraSettings lora = start.Adapter.Settings;
        if (lora.Variant == AdapterVariant.Hira && lora.Scale != 1)
        {
            throw new DeclinedException(
                DeclineReason.Contract,
                "A trainer program exchanges adapters as PEFT folders, and PEFT's HiRA has no scale; let the run use alpha = rank.");
        }

        bool trains = offer.Kind == TaskKind.Train;
        return new TrainerTask
        {
            Kind = trains ? "train" : "evaluate",
            Task = offer.Task == LearningTask.LanguageModel ? "lm" : "classification",
            Round = offer.Header.Round,
            Model = new ModelPart(
                offer.Base.ModelId,
                Path.GetFullPath(start.Model.Folder),
                start.Model.Sha256,
                start.Model.DeltaFile is { } delta ? Path.GetFullPath(delta) : null),
            Adapter = new AdapterPart(
                lora.Rank,
                lora.Alpha,
                lora.Variant.ToString().ToLowerInvariant(),
                [.. start.Adapter.Modules.Keys],
                lora.ModulesToSave,
                [.. plan.Frozen.A],
                [.. plan.Frozen.B]),
            Labels = offer.Labels,
            Data = new DataPart(rows.Train, rows.HeldOut),
            Training = trains ? TrainingPart.Of(plan, offer.CheckpointEverySteps) : null,
            MaxTokens = plan.MaxTokens,
            Threads = plan.Threads,
        };
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <param name="BaseDelta">File of what the run has folded into the base weights (docs/base-delta.md), to be added to them; null for
    /// nothing.</param>
    internal sealed record ModelPart(string Name, string Folder, string Sha256, string? BaseDelta);

    /// <param name="FrozenA">Modules whose A must come back as it was.</param>
    /// <param name="FrozenB">Modules whose B must come back as it was.</param>
    internal sealed record AdapterPart(
        int Rank,
        double Alpha,
        string Variant,
        IReadOnlyList<string> Modules,
        IReadOnlyList<string> ModulesToSave,
        IReadOnlyList<string> FrozenA,
        IReadOnlyList<string> FrozenB);

    internal sealed record DataPart(int TrainRows, int HeldOutRows);

    internal sealed record TrainingPart
    {
        public required int Steps { get; init; }

        public required int BatchSize { get; init; }

        public required int Accumulate { get; init; }

        /// <summary><c>adamw</c> or <c>sgd</c>.</summary>
        public required string Optimizer { get; init; }

        public required double Momentum { get; init; }

        public required bool Nesterov { get; init; }

        public required double LearningRate { get; init; }

        /// <summary><c>constant</c>, <c>linear</c> or <c>cosine</c>.</summary>
        public required string Schedule { get; init; }

        public required double WarmupFraction { get; init; }

        public required double WeightDecay { get; init; }

        public required double ClipNorm { get; init; }

        public required double LogitAdjustment { get; init; }

        /// <summary>μ of FedProx; null for none.</summary>
        public double? Proximal { get; init; }

        /// <summary>Whether the folder <c>correction</c> has what all steps together take off; null for no.</summary>
        public bool? Correction { get; init; }

        public required ulong Seed { get; init; }

        public required int CheckpointEverySteps { get; init; }

        public static TrainingPart Of(TrainingPlan plan, int checkpointEverySteps) => new()
        {
            Steps = plan.Steps,
            BatchSize = plan.BatchSize,
            Accumulate = plan.Accumulate,
            Optimizer = plan.Optimiser.ToString().ToLowerInvariant(),
            Momentum = plan.Optimiser == OptimiserKind.Sgd ? plan.Momentum : 0,
            Nesterov = plan.Nesterov,
            LearningRate = plan.LearningRate,
            Schedule = plan.Schedule.ToString().ToLowerInvariant(),
            WarmupFraction = plan.WarmupFraction,
            WeightDecay = plan.WeightDecay,
            ClipNorm = plan.ClipNorm,
            LogitAdjustment = plan.LogitAdjustment,
            Proximal = plan.Proximal > 0 ? plan.Proximal : null,
            Correction = plan.Correction is null ? null : true,
            Seed = plan.Seed,
            CheckpointEverySteps = checkpointEverySteps,
        };
    }
}
