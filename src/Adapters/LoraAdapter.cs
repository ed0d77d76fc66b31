namespace EdgeFlora.Adapters;

/// <summary>
/// All LoRA factors of one model by module name, with the tensors trained in full. Names are ordered (ordinal): order is part of "same inputs, same
/// bits".
/// </summary>
public sealed class LoraAdapter
{
    public LoraAdapter(
        LoraSettings settings,
        IEnumerable<KeyValuePair<string, LoraFactors>> modules,
        IEnumerable<KeyValuePair<string, DenseTensor>>? saved = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(modules);
        Settings = settings;
        Modules = new SortedDictionary<string, LoraFactors>(modules.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
        Saved = new SortedDictionary<string, DenseTensor>((saved ?? []).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    public LoraSettings Settings { get; }

    /// <summary>Factors by the module's name in the base model, e.g. <c>bert.encoder.layer.0.attention.self.query</c>.</summary>
    public IReadOnlyDictionary<string, LoraFactors> Modules { get; }

    /// <summary>
    /// Tensors trained in full by their name in the model, e.g. <c>classifier.weight</c> [labels × hidden], <c>classifier.bias</c> [labels]; for DoRA
    /// also the magnitudes.
    /// </summary>
    public IReadOnlyDictionary<string, DenseTensor> Saved { get; }

    /// <summary>Number of single-precision values in all factors and saved tensors.</summary>
    public long ParameterCount =>
        Modules.Values.Sum(f => (long)f.Rank * (f.Inputs + f.Outputs)) + Saved.Values.Sum(t => (long)t.Values.Length);

    public LoraAdapter Clone() => new(
        Settings,
        Modules.Select(m => KeyValuePair.Create(m.Key, m.Value.Clone())),
        Saved.Select(s => KeyValuePair.Create(s.Key, s.Value.Clone())));
}
