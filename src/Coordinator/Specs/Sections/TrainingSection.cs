using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>How agents train in a round, and how adapters travel: <c>training</c>.</summary>
internal static class TrainingSection
{
    private const string AdamW = "adamw";
    private const string Sgd = "sgd";

    private static readonly TrainingOptions Standard = new();

    public static readonly Setting<int> Steps = new(
        "training.steps", "Optimiser steps of an agent in a round.", "Training:Steps", new WholeType(1, 1_000_000, "steps"), Standard.Steps);

    public static readonly Setting<int> Batch = new(
        "training.batch", "Examples per batch.", "Training:BatchSize", new WholeType(1, 4096, "examples"), Standard.BatchSize);

    public static readonly Setting<int> Accumulate = new(
        "training.accumulate",
        "Batches summed for one step; at most 1,048,576 examples in all.",
        "Training:Accumulate",
        new WholeType(1, 65_536, "batches"),
        Standard.Accumulate);

    public static readonly Setting<int> MaxTokens = new(
        "training.maxTokens", "Tokens a text is cut to.", "Training:MaxTokens", new WholeType(2, 131_072, "tokens"), Standard.MaxTokens);

    public static readonly Setting<double?> LearningRate = new(
        "training.learningRate",
        "Peak learning rate. Without it: 3e-3 for classification, 5e-4 for lm.",
        "Training:LearningRate",
        new OptionalNumberType(new(0, 100, above: true)),
        null);

    public static readonly Setting<RateSchedule> Schedule = new(
        "training.schedule",
        "What the rate does in a round after the warm-up.",
        "Training:Schedule",
        new ChoiceType<RateSchedule>([.. Enum.GetValues<RateSchedule>().Select(schedule => (schedule.ToString().ToLowerInvariant(), schedule))]),
        Standard.Schedule);

    public static readonly Setting<double> Warmup = new(
        "training.warmup",
        "Fraction of the steps over which the rate rises.",
        "Training:WarmupFraction",
        new NumberType(0, 1),
        Standard.WarmupFraction);

    public static readonly Setting<RateSchedule> RoundSchedule = new(
        "training.roundSchedule",
        "What the peak rate does from round to round, after the warm-up rounds.",
        "Training:RoundSchedule",
        new ChoiceType<RateSchedule>([.. Enum.GetValues<RateSchedule>().Select(schedule => (schedule.ToString().ToLowerInvariant(), schedule))]),
        Standard.RoundSchedule);

    public static readonly Setting<int> WarmupRounds = new(
        "training.warmupRounds",
        "Rounds over which the peak rate rises from round to round; fewer than rounds.count.",
        "Training:WarmupRounds",
        new WholeType(0, 9_999, "rounds"),
        Standard.WarmupRounds);

    public static readonly Setting<string> Optimiser = new(
        "training.optimiser", "What turns gradients into steps.", "Training:Sgd", new ChoiceType<string>([(AdamW, AdamW), (Sgd, Sgd)]), AdamW);

    public static readonly Setting<double> Momentum = new(
        "training.momentum", "Momentum of sgd.", "Training:Sgd:Momentum", new NumberType(0, 0.9999), 0.9);

    public static readonly Setting<bool> Nesterov = new(
        "training.nesterov", "Whether the momentum of sgd looks one step ahead.", "Training:Sgd:Nesterov", new FlagType(), false);

    public static readonly Setting<double> WeightDecay = new(
        "training.weightDecay", "Weight decay on matrices.", "Training:WeightDecay", new NumberType(0, 10), Standard.WeightDecay);

    public static readonly Setting<double> ClipNorm = new(
        "training.clipNorm",
        "Gradient norm above which gradients are scaled down; 0: never.",
        "Training:ClipNorm",
        new NumberType(0, 1_000_000),
        Standard.ClipNorm);

    public static readonly Setting<double?> LogitAdjustment = new(
        "training.logitAdjustment",
        "Strength τ with which agents correct for labels being unevenly frequent with them; 0: off. Without it: 1 for classification, 0 for lm.",
        "Training:LogitAdjustment",
        new OptionalNumberType(new(0, 10)),
        null);

    public static readonly Setting<double> Proximal = new(
        "training.proximal",
        "Strength μ with which every trained value is pulled back to where the round began (FedProx); 0: off.",
        "Training:Proximal",
        new NumberType(0, 1000),
        Standard.Proximal);

    public static readonly Setting<bool> PersonalHead = new(
        "training.personalHead",
        "Whether each agent keeps a head of its own, which is never sent; agents export their adapters, and what is published is no whole one.",
        "Training:PersonalHead",
        new FlagType(),
        Standard.PersonalHead);

    public static readonly Setting<bool> ControlVariates = new(
        "training.controlVariates",
        "Whether agents keep control variates (SCAFFOLD): steps go where all agents' steps go. Doubles or triples what agents fetch.",
        "Training:ControlVariates",
        new FlagType(),
        Standard.ControlVariates);

    public static readonly Setting<bool> Alone = new(
        "training.alone",
        "Whether each agent trains an adapter alone beside the run's, with as many steps, and keeps the better one at the end. Doubles its training.",
        "Training:Alone",
        new FlagType(),
        Standard.Alone);

    public static readonly Setting<int> CheckpointEvery = new(
        "training.checkpointEvery",
        "Steps between an agent's checkpoints.",
        "Training:CheckpointEverySteps",
        new WholeType(1, 1_000_000, "steps"),
        Standard.CheckpointEverySteps);

    public static readonly Setting<string> Codec = new(
        "training.codec", "Codec of the agents' updates.", "Training:UpdateCodec", new CodecType(whole: false), Standard.UpdateCodec);

    public static readonly Setting<string> BroadcastCodec = new(
        "training.broadcastCodec", "Codec of the global adapter.", "Training:BroadcastCodec", new CodecType(whole: true), Standard.BroadcastCodec);

    public static SpecSectionSettings Section { get; } = new(
        "training",
        "How agents train in a round, and how adapters travel.",
        [
            Steps, Batch, Accumulate, MaxTokens, LearningRate, Schedule, Warmup, RoundSchedule, WarmupRounds, Optimiser, Momentum, Nesterov,
            WeightDecay, ClipNorm, LogitAdjustment, Proximal, PersonalHead, ControlVariates, Alone, CheckpointEvery, Codec, BroadcastCodec,
        ]);

    public static TrainingOptions Read(SettingValues values)
    {
        bool sgd = values.Of(Optimiser) == Sgd;
        if (!sgd)
        {
            values.RefuseIdle($"beside training.optimiser {AdamW}; it goes with training.optimiser {Sgd}", Momentum, Nesterov);
        }

        return Standard with
        {
            Steps = values.Of(Steps),
            BatchSize = values.Of(Batch),
            Accumulate = values.Of(Accumulate),
            MaxTokens = values.Of(MaxTokens),
            LearningRate = values.Of(LearningRate),
            Sgd = sgd ? new SgdSettings { Momentum = values.Of(Momentum), Nesterov = values.Of(Nesterov) } : null,
            WeightDecay = values.Of(WeightDecay),
            ClipNorm = values.Of(ClipNorm),
            WarmupFraction = values.Of(Warmup),
            Schedule = values.Of(Schedule),
            RoundSchedule = values.Of(RoundSchedule),
            WarmupRounds = values.Of(WarmupRounds),
            LogitAdjustment = values.Of(LogitAdjustment),
            Proximal = values.Of(Proximal),
            PersonalHead = values.Of(PersonalHead),
            ControlVariates = values.Of(ControlVariates),
            Alone = values.Of(Alone),
            CheckpointEverySteps = values.Of(CheckpointEvery),
            UpdateCodec = values.Of(Codec),
            BroadcastCodec = values.Of(BroadcastCodec),
        };
    }
}
