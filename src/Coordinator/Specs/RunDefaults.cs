using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Coordinator.Specs;

/// <summary>What a spec gets where it says nothing: values that train well. The demo uses the same ones, which a test holds.</summary>
public static class RunDefaults
{
    public static TrainingOptions Training { get; } = new() { LearningRate = 3e-3 };

    public static AggregationOptions Aggregation { get; } = new();

    /// <summary>
    /// Length of the server's step. The mean of updates that point different ways is short; half as much again makes up for it. A private run
    /// publishes the noisy mean itself.
    /// </summary>
    public static double ServerRate(bool isPrivate) => isPrivate ? 1 : 1.5;

    /// <summary>
    /// τ of logit adjustment. With uneven labels each agent would else unlearn what it does not hold; with even ones it changes next to nothing.
    /// </summary>
    public static double LogitAdjustment(LearningTask task) => task == LearningTask.Classification ? 1 : 0;

    /// <summary>α for a rank: twice the rank, so that the scale does not depend on it; the rank itself for HiRA, whose products are longer.</summary>
    public static double Alpha(int rank, Adapters.AdapterVariant variant) => variant == Adapters.AdapterVariant.Hira ? rank : 2 * rank;
}
