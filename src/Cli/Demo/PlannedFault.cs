using EdgeFlora.Cli.Report;

namespace EdgeFlora.Cli.Demo;

/// <summary>A fault with its round and victim.</summary>
/// <param name="Agent">Null: the coordinator.</param>
internal sealed record PlannedFault(FaultKind Kind, int Round, string? Agent);
