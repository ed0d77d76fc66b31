namespace EdgeFlora.Experiments.Local;

/// <summary>What came of training alone beside a run.</summary>
/// <param name="After">Accuracy on the agent's held-out texts after each round's steps; null without any.</param>
internal sealed record AloneOutcome(IReadOnlyList<double?> After);
