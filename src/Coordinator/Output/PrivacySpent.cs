namespace EdgeFlora.Coordinator.Output;

/// <summary>
/// The guarantee of a private run as it stands: (ε, δ)-differential privacy for each agent's data as a whole, towards those who see the published
/// adapters.
/// </summary>
/// <param name="Sums">Noisy sums made of agents' data; a round that was skipped before it was frozen made none.</param>
/// <param name="Population">Agents stated for the run, by which sums are divided.</param>
public sealed record PrivacySpent(
    double Epsilon, double Delta, int Sums, double Budget, double NoiseMultiplier, double ClipNorm, double SamplingRate, int Population);
