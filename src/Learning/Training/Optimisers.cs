namespace EdgeFlora.Learning.Training;

/// <summary>From a plan to the optimiser it asks for.</summary>
internal static class Optimisers
{
    /// <param name="length">Number of trained values.</param>
    public static IOptimiser Create(TrainingPlan plan, int length) => plan.Optimiser switch
    {
        OptimiserKind.AdamW => new AdamW(length),
        OptimiserKind.Sgd => new Sgd(length, plan.Momentum, plan.Nesterov),
        _ => throw new ArgumentOutOfRangeException(nameof(plan), plan.Optimiser, "The portable engine has the optimisers AdamW and Sgd."),
    };
}
