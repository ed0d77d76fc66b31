using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>Moments of the steps of one module's product.</summary>
/// <param name="First">The first moment as B·A, without the adapter's scale; at most twice the published rank.</param>
/// <param name="Second">The second moment; null where the step has none.</param>
public sealed record ModuleMoments(LoraFactors First, SecondMoment? Second);
