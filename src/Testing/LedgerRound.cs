using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Testing;

/// <summary>One round of a run's ledger.</summary>
/// <param name="Round">From 1.</param>
/// <param name="Figures">Who counted, who dropped out, divergence, bytes; null if the round was skipped.</param>
public sealed record LedgerRound(int Round, RoundFigures? Figures);
