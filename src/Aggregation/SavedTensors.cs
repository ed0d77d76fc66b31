using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation;

/// <summary>Merges tensors trained in full (heads, biases, DoRA's magnitudes) by weighted mean, or heads row by row.</summary>
internal static class SavedTensors
{
    public static IReadOnlyDictionary<string, DenseTensor> Merge(AggregationOptions options, LoraAdapter broadcast, Update[] sorted, RoundTerms terms)
    {
        var merged = new SortedDictionary<string, DenseTensor>(StringComparer.Ordinal);
        foreach ((string name, DenseTensor tensor) in broadcast.Saved)
        {
            double[] total = new double[tensor.Values.Length];
            if (options.PerClassHeads && IsHead(broadcast, name) && sorted.All(update => update.ClassCounts?.Count == tensor.Shape[0]))
            {
                AddRows(name, tensor, sorted, terms.Weights, total);
            }
            else
            {
                foreach ((double share, LoraAdapter adapter) in terms.WithSaved())
                {
                    Widening.Add(adapter.Saved[name].Values, share, total);
                }
            }

            merged.Add(name, new DenseTensor([.. tensor.Shape], [.. total.Select(value => (float)value)]));
        }

        return merged;
    }

    // Row c is the mean over agents by share of clip·examples of label c; a label nobody has keeps its broadcast row. An agent whose softmax is
    // restricted to its own labels (FedRS, doi 10.1145/3447548.3467254) leaves the other rows as they were: in a mean of all agents they would hold
    // back those who have such examples.
    private static void AddRows(string name, DenseTensor broadcast, Update[] sorted, IReadOnlyList<AgentWeight> weights, double[] total)
    {
        int labels = broadcast.Shape[0];
        int width = broadcast.Values.Length / labels;
        for (int label = 0; label < labels; label++)
        {
            double[] shares = [.. sorted.Select((update, i) => weights[i].Share / update.Weight * Math.Max(0, update.ClassCounts![label]))];
            double sum = shares.Sum();
            Span<double> row = total.AsSpan(label * width, width);
            double kept = 1;
            for (int i = 0; i < sorted.Length && sum > 0; i++)
            {
                double share = shares[i] / sum * weights[i].Clip;
                Widening.Add(sorted[i].Adapter.Saved[name].Values.AsSpan(label * width, width), share, row);
                kept -= share;
            }

            Widening.Add(broadcast.Values.AsSpan(label * width, width), kept, row);
        }
    }

    private static bool IsHead(LoraAdapter broadcast, string name) =>
        broadcast.Settings.ModulesToSave.Any(
            module => name.StartsWith(module + ".", StringComparison.Ordinal) || name.Contains("." + module + ".", StringComparison.Ordinal));
}
