using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>The factors that a linear layer is adapted by: y = x·Wᵀ + b + scale·(x·Aᵀ)·Bᵀ.</summary>
/// <param name="A">[rank × inputs], fp32.</param>
/// <param name="B">[outputs × rank], fp32.</param>
internal sealed record TorchLora(Tensor A, Tensor B, float Scale);
