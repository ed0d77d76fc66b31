using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>The step of a tensor trained in full (a head, biases, DoRA's magnitudes), value by value as in arXiv 2003.00295.</summary>
internal static class TensorStep
{
    public static (DenseTensor Tensor, TensorMoments Moments) Of(
        DenseTensor broadcast, DenseTensor merged, TensorMoments? before, AggregationOptions options)
    {
        bool adaptive = options.ServerStep is ServerStep.FedAdam or ServerStep.FedYogi;
        double fresh = adaptive ? 1 - options.Momentum : 1;
        double[] steps = [.. merged.Values.Zip(broadcast.Values, (to, from) => (double)to - from)];
        float[] first = [.. steps.Select((step, i) => (float)((options.Momentum * (before?.First[i] ?? 0)) + (fresh * step)))];
        float[]? second = adaptive ? SecondMoments.Follow(before?.Second, [.. steps.Select(step => step * step)], options) : null;
        float[] values =
        [
            .. broadcast.Values.Select((value, i) => (float)(value + (options.ServerRate * first[i] / (second is null ? 1 : Math.Sqrt(second[i]))))),
        ];
        return (new DenseTensor([.. broadcast.Shape], values), new TensorMoments(first, second));
    }
}
