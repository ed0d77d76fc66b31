using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>The plan that an offer asks for.</summary>
internal static class TrainingPlans
{
    public static TrainingPlan Of(TaskOffer offer, TrainingStart start, int threads)
    {
        // Measuring needs no plan of its own; seed and rate are never used there.
        HyperParameters hyper = offer.Hyper ?? new HyperParameters
        {
            LearningRate = 1e-4,
            Steps = 1,
            BatchSize = 1,
            MaxTokens = offer.MaxTokens ?? start.Model.MaxTokens,
            Seed = 0,
        };
        return new TrainingPlan
        {
            Steps = hyper.Steps,
            BatchSize = hyper.BatchSize,
            Accumulate = hyper.Accumulate,
            Optimiser = hyper.Sgd is null ? OptimiserKind.AdamW : OptimiserKind.Sgd,
            Momentum = hyper.Sgd?.Momentum ?? 0,
            Nesterov = hyper.Sgd?.Nesterov ?? false,
            LearningRate = hyper.LearningRate,
            WeightDecay = hyper.WeightDecay,
            ClipNorm = hyper.ClipNorm,
            WarmupFraction = hyper.WarmupFraction,
            Schedule = hyper.CosineDecay ? RateSchedule.Cosine : hyper.LinearDecay ? RateSchedule.Linear : RateSchedule.Constant,
            LogitAdjustment = hyper.LogitAdjustment,
            MaxTokens = Math.Min(hyper.MaxTokens, start.Model.MaxTokens),
            Seed = hyper.Seed,
            Frozen = start.Frozen,
            Threads = threads,
        };
    }
}
