using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>The plan that an offer asks for.</summary>
internal static class TrainingPlans
{
    public static TrainingPlan Of(TaskOffer offer, TrainingStart start, int threads) =>
        Of(offer, start.Model, threads) with { Frozen = start.Frozen, Savings = start.Savings, Correction = start.Correction };

    public static TrainingPlan Of(HyperParameters hyper, TrainingStart start, int threads) =>
        Of(hyper, start.Model, threads) with { Frozen = start.Frozen, Savings = start.Savings, Correction = start.Correction };

    /// <summary>As far as the offer and the model say.</summary>
    /// <remarks>Measuring needs no plan of its own; seed and rate are never used there.</remarks>
    public static TrainingPlan Of(TaskOffer offer, BaseModel model, int threads) => Of(
        offer.Hyper ?? new HyperParameters
        {
            LearningRate = 1e-4,
            Steps = 1,
            BatchSize = 1,
            MaxTokens = offer.MaxTokens ?? model.MaxTokens,
            Seed = 0,
        },
        model,
        threads);

    private static TrainingPlan Of(HyperParameters hyper, BaseModel model, int threads) => new()
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
        Proximal = hyper.Proximal,
        MaxTokens = Math.Min(hyper.MaxTokens, model.MaxTokens),
        Seed = hyper.Seed,
        Threads = threads,
    };
}
