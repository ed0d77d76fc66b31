using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Options;

/// <summary>
/// What a run does where its settings say nothing. Here alone: the demo runs on these too, so that what it shows is what a run gives.
/// </summary>
public static class RunDefaults
{
    /// <summary>Peak learning rate of a classifier's factors.</summary>
    public const double LearningRate = 3e-3;

    /// <summary>Peak learning rate of a language model's factors.</summary>
    public const double LanguageLearningRate = 5e-4;

    /// <summary>
    /// τ of logit adjustment. Agents' labels are uneven as a rule, and each would unlearn what it does not hold; where they are even it changes
    /// nothing.
    /// </summary>
    public const double LogitAdjustment = 1;

    /// <summary>
    /// Length of a classifier's server step: the mean of updates that point different ways is short, and half as much again makes up for it.
    /// </summary>
    public const double ServerRate = 1.5;

    public static double LearningRateOf(LearningTask task) => task == LearningTask.LanguageModel ? LanguageLearningRate : LearningRate;

    public static double LogitAdjustmentOf(LearningTask task) => task == LearningTask.LanguageModel ? 0 : LogitAdjustment;

    /// <summary>Length of an adaptive server step: about what each weight moves by in a round.</summary>
    public const double AdaptiveRate = 0.01;

    /// <summary>Share of earlier steps that momentum carries on: few rounds leave it no time to die down.</summary>
    public const double Momentum = 0.5;

    /// <summary>The same of adaptive steps (arXiv 2003.00295), whose fresh share is the rest of it.</summary>
    public const double AdaptiveMomentum = 0.9;

    /// <summary>A private sum is published as it is: a longer step would lengthen its noise. Momentum lengthens steps itself.</summary>
    public static double ServerRateOf(LearningTask task, bool isPrivate, ServerStep step = ServerStep.Fixed) => step switch
    {
        ServerStep.FedAdam or ServerStep.FedYogi => AdaptiveRate,
        ServerStep.Fixed => task == LearningTask.LanguageModel || isPrivate ? 1 : ServerRate,
        _ => 1,
    };

    public static double MomentumOf(ServerStep step) => step switch
    {
        ServerStep.FedAdam or ServerStep.FedYogi => AdaptiveMomentum,
        ServerStep.Momentum => Momentum,
        _ => 0,
    };

    internal static AggregationOptions AggregationOf(LearningTask task, bool isPrivate) => new() { ServerRate = ServerRateOf(task, isPrivate) };
}
