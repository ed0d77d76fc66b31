using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.ServerSteps;

namespace EdgeFlora.Aggregation;

/// <summary>What a round's updates became.</summary>
/// <param name="Global">The adapter to publish, with the broadcast adapter's settings.</param>
/// <param name="BaseDelta">Changes of base weights by module, ΔW₀ = (the adapter's scale)·B·A, for strategies that fold; empty for others.</param>
/// <param name="Modules">One report a module, by name.</param>
/// <param name="Divergence">The same over all modules.</param>
/// <param name="Weights">What became of each agent's weight.</param>
/// <param name="ServerRate">η of the server step: as set, or as FedExP found it.</param>
/// <param name="State">What the server step is to be given in the next round; null where it remembers nothing.</param>
public sealed record AggregationResult(
    LoraAdapter Global,
    IReadOnlyDictionary<string, LoraFactors> BaseDelta,
    IReadOnlyList<ModuleReport> Modules,
    DivergenceSummary Divergence,
    IReadOnlyList<AgentWeight> Weights,
    double ServerRate,
    ServerState? State);
