using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation;

/// <summary>What a round's updates became.</summary>
/// <param name="Global">The adapter to publish, with the broadcast adapter's settings.</param>
/// <param name="BaseDelta">Changes of base weights by module, ΔW₀ = (the adapter's scale)·B·A, for strategies that fold; empty for others.</param>
/// <param name="Modules">One report a module, by name.</param>
/// <param name="Divergence">The same over all modules.</param>
/// <param name="Weights">What became of each agent's weight.</param>
/// <param name="Momentum">State for the next round where momentum is on, else null.</param>
public sealed record AggregationResult(
    LoraAdapter Global,
    IReadOnlyDictionary<string, LoraFactors> BaseDelta,
    IReadOnlyList<ModuleReport> Modules,
    DivergenceSummary Divergence,
    IReadOnlyList<AgentWeight> Weights,
    IReadOnlyDictionary<string, LoraFactors>? Momentum);
