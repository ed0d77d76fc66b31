namespace EdgeFlora.Adapters.Deltas;

/// <summary>How the base weights of some modules differ from the base model's files: W = W₀ + ΔW. Immutable. Names are ordered (ordinal).</summary>
/// <remarks>
/// Strategies that fold what an adapter cannot hold into the base keep one of these for the run; see docs/base-delta.md for its file.
/// </remarks>
public sealed class BaseDelta
{
    /// <summary>No weight differs.</summary>
    public static readonly BaseDelta None = new([]);

    public BaseDelta(IEnumerable<KeyValuePair<string, WeightDelta>> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        Modules = new SortedDictionary<string, WeightDelta>(modules.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    /// <summary>ΔW by the module's name in the base model.</summary>
    public IReadOnlyDictionary<string, WeightDelta> Modules { get; }

    /// <summary>This change and scale·B·A of every module of <paramref name="products"/> together.</summary>
    public BaseDelta Plus(IReadOnlyDictionary<string, LoraFactors> products, double scale)
    {
        ArgumentNullException.ThrowIfNull(products);
        Dictionary<string, WeightDelta> sum = Modules.ToDictionary(StringComparer.Ordinal);
        foreach ((string module, LoraFactors product) in products)
        {
            sum[module] = sum.TryGetValue(module, out WeightDelta? held) ? held.Plus(product, (float)scale) : WeightDelta.Of(product, (float)scale);
        }

        return new BaseDelta(sum);
    }
}
