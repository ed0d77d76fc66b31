using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Results;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>What local fine-tuning or measuring gave.</summary>
/// <param name="Adapter">The adapter after training; absent when only measured.</param>
/// <param name="Examples">Examples trained on, or measured.</param>
/// <param name="TrainMs">Milliseconds spent training in this process.</param>
internal sealed record TrainedUpdate(LoraAdapter? Adapter, ResultMetrics Metrics, int Examples, long TrainMs)
{
    /// <summary>What was trained alone beside it; null where nothing was.</summary>
    public TrainedUpdate? Alone { get; init; }

    /// <summary>Examples of each class, in the order of the offer's labels; absent where it did not ask.</summary>
    public IReadOnlyList<int>? ClassCounts { get; init; }
}
