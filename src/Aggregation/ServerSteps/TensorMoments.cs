namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>Moments of the steps of a tensor trained in full, value by value.</summary>
/// <param name="First">The first moment.</param>
/// <param name="Second">The second moment; null where the step has none.</param>
public sealed record TensorMoments(IReadOnlyList<float> First, IReadOnlyList<float>? Second);
