using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation.Strategies;

/// <summary>What a strategy made of one module: factors, or the triplets of a product still to be split.</summary>
internal sealed record ModuleMerge
{
    /// <summary>The factors as they should be published.</summary>
    public LoraFactors? Factors { get; init; }

    /// <summary>The product, where its split is open.</summary>
    public SingularTriplets? Product { get; init; }

    /// <summary>The scalars, where FLoRA-NA found them.</summary>
    public NearlyAccurateSolution? Scalars { get; init; }

    /// <summary>A change of the base weight: ΔW₀ = published scale · B·A.</summary>
    public LoraFactors? BaseDelta { get; init; }

    /// <summary>‖published + folded − T‖ / ‖T‖ where the strategy knows it; else it is measured.</summary>
    public double? RelativeError { get; init; }
}
