namespace EdgeFlora.Experiments.Results;

/// <summary>What federated training has to be compared with, for one regime and seed, on the central test set.</summary>
/// <param name="Base">Accuracy before any training.</param>
/// <param name="Alone">Accuracy of each agent trained alone, as many steps as in all rounds; empty if not measured.</param>
/// <param name="AloneHeldOut">The same on each agent's own held-out texts; null for an agent without any.</param>
/// <param name="Centralised">Accuracy of one training on all agents' texts; null if not measured.</param>
public sealed record BaselineFigures(
    Regime Regime, ulong Seed, double Base, IReadOnlyList<double> Alone, IReadOnlyList<double?> AloneHeldOut, double? Centralised);
