using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Privacy;

/// <summary>A round's private outcome.</summary>
/// <param name="Global">The noisy adapter to publish.</param>
/// <param name="Epsilon">ε spent by this and all earlier rounds, at the options' δ.</param>
public sealed record PrivateResult(LoraAdapter Global, double Epsilon);
