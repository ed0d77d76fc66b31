using EdgeFlora.Experiments.Local;

namespace EdgeFlora.Experiments.Rounds;

/// <summary>An agent's work in a round, with what came of it.</summary>
/// <param name="Key">What it is kept under.</param>
internal sealed record Result(LocalTask Task, string Key, LocalOutcome Outcome);
