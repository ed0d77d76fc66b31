namespace EdgeFlora.Coordinator.Runs;

/// <summary>How good models were measured to be, by round. The same for measurements that arrive in any order.</summary>
internal sealed class ModelFigures
{
    private readonly Dictionary<int, SortedDictionary<string, (double Weight, double Value)>> measurements = [];

    /// <summary>Takes what somebody measured; nothing if there was nothing to measure.</summary>
    /// <param name="weight">What it counts beside the others' of the same model.</param>
    public void Add(int round, string agent, double weight, double? value)
    {
        if (value is { } measured && weight > 0)
        {
            (measurements.TryGetValue(round, out SortedDictionary<string, (double Weight, double Value)>? all)
                ? all
                : measurements[round] = new(StringComparer.Ordinal))[agent] = (weight, measured);
        }
    }

    /// <summary>The weighted mean of what was measured of a round's model; null: nothing was.</summary>
    public double? Of(int round) => measurements.TryGetValue(round, out SortedDictionary<string, (double Weight, double Value)>? all)
        ? all.Values.Sum(one => one.Weight * one.Value) / all.Values.Sum(one => one.Weight)
        : null;
}
