using EdgeFlora.Learning.Adapting;

namespace EdgeFlora.Learning.Training;

/// <summary>Turns gradients into steps of the trained weights.</summary>
internal interface IOptimiser
{
    /// <summary>What it remembers from step to step: vectors as long as the trained weights, in the order a checkpoint holds them.</summary>
    IReadOnlyList<float[]> State { get; }

    /// <summary>One step down the gradient.</summary>
    /// <param name="step">Number of this step, from 1.</param>
    /// <param name="gradientScale">What the gradient is multiplied by first: below 1 where it is clipped.</param>
    void Update(TrainedWeights weights, ReadOnlySpan<float> gradient, int step, double rate, double weightDecay, float gradientScale);
}
