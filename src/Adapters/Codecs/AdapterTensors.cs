namespace EdgeFlora.Adapters.Codecs;

/// <summary>
/// An adapter's tensors in the one order that payloads use: A and B of each module, then the saved tensors, names in ordinal order.
/// </summary>
internal static class AdapterTensors
{
    /// <summary>Names (for messages) and values; the memory is the adapter's own.</summary>
    public static List<(string Name, Memory<float> Values)> Of(LoraAdapter adapter)
    {
        var tensors = new List<(string, Memory<float>)>((adapter.Modules.Count * 2) + adapter.Saved.Count);
        foreach ((string module, LoraFactors factors) in adapter.Modules)
        {
            tensors.Add(($"A of '{module}'", factors.A.Memory));
            tensors.Add(($"B of '{module}'", factors.B.Memory));
        }

        tensors.AddRange(adapter.Saved.Select(s => ($"tensor '{s.Key}'", s.Value.Values.AsMemory())));
        return tensors;
    }

    /// <summary>Number of values of each tensor, in the same order.</summary>
    public static IEnumerable<int> Counts(AdapterShape shape) =>
        shape.Modules.SelectMany(m => new[] { shape.Settings.Rank * m.Inputs, m.Outputs * shape.Settings.Rank })
            .Concat(shape.Saved.Select(s => s.Dimensions.Aggregate(1, (product, d) => product * d)));

    /// <summary>Whether each tensor is a frozen factor, in the same order.</summary>
    public static bool[] Frozen(AdapterShape shape, FrozenFactors frozen) =>
        [.. shape.Modules.SelectMany(m => new[] { frozen.HasA(m.Name), frozen.HasB(m.Name) }), .. shape.Saved.Select(_ => false)];
}
