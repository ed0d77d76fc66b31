namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>What belongs to an agent's own adapter when somebody takes it out: kept beside it.</summary>
/// <param name="Model">Name of the base model.</param>
/// <param name="Labels">Names of the classes, in the order of the head's rows; empty for a language model.</param>
/// <param name="BaseDelta">SHA-256 of what the run has folded into the base weights; null for nothing.</param>
internal sealed record OwnFactorsNote(string Model, IReadOnlyList<string> Labels, string? BaseDelta);
