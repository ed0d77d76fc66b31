namespace EdgeFlora.Learning.Portable;

/// <summary>The factors that a linear layer is adapted by: y = x·Wᵀ + b + scale·(x·Aᵀ)·Bᵀ.</summary>
/// <param name="A">[rank × inputs].</param>
/// <param name="B">[outputs × rank].</param>
internal sealed record LoraBinding(int Rank, float Scale, WeightBinding A, WeightBinding B);
