namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>The second moment of a change of weights D [outputs × inputs] by its rows and columns (Adafactor, arXiv 1804.04235).</summary>
/// <remarks>
/// An elementwise moment would be as large as the weights. That of element (i, j) is read as Outputsᵢ·Inputsⱼ/√(mean Outputs·mean Inputs), which
/// is exact where D∘D has rank 1. Being a product, its root divides a low-rank change without raising its rank.
/// </remarks>
/// <param name="Outputs">One for each row: moving mean over the columns of D² + τ².</param>
/// <param name="Inputs">One for each column: moving mean over the rows of D² + τ².</param>
public sealed record SecondMoment(IReadOnlyList<float> Outputs, IReadOnlyList<float> Inputs);
