using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>Merged PEFT folders.</summary>
/// <param name="Global">The adapter to write.</param>
/// <param name="BaseDelta">What a folding strategy adds to the base weights, as an adapter of its own with the same scale; null for others.</param>
/// <param name="BaseModelName">The folders' base model, if one of them names it.</param>
/// <param name="TaskType">The folders' task type, if one of them names it.</param>
/// <param name="Modules">One report a module; its agents are in the ordinal order of the folders' paths.</param>
/// <param name="Divergence">The same over all modules.</param>
/// <param name="Weights">Each folder's share and clipping, in ordinal order of the paths.</param>
/// <param name="Asked">Each folder's share by its weight alone, before the robust rule, in the same order; they sum to 1.</param>
/// <param name="Labels">Names of the classes in the order of the head's rows; null if no folder names them.</param>
public sealed record MergeResult(
    LoraAdapter Global,
    LoraAdapter? BaseDelta,
    string? BaseModelName,
    string? TaskType,
    IReadOnlyList<ModuleReport> Modules,
    DivergenceSummary Divergence,
    IReadOnlyList<AgentWeight> Weights,
    IReadOnlyList<double> Asked,
    IReadOnlyList<string>? Labels);
