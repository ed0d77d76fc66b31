using EdgeFlora.Adapters;

namespace EdgeFlora.Learning.Adapting;

/// <summary>The factors that a linear layer is adapted by; with plain LoRA y = x·Wᵀ + b + scale·(x·Aᵀ)·Bᵀ.</summary>
/// <param name="A">[rank × inputs].</param>
/// <param name="B">[outputs × rank].</param>
internal sealed record LoraBinding(int Rank, float Scale, WeightBinding A, WeightBinding B)
{
    /// <summary>What is made of the factors.</summary>
    public AdapterVariant Variant { get; init; } = AdapterVariant.Lora;

    /// <summary>DoRA's part; null for the other variants.</summary>
    public DoraBinding? Dora { get; init; }
}
