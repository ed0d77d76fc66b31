namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>What a server step remembers from round to round.</summary>
/// <param name="Modules">Moments of each adapted module's product, by name.</param>
/// <param name="Saved">Moments of each tensor trained in full, by name; empty in states of before there were any.</param>
public sealed record ServerState(IReadOnlyDictionary<string, ModuleMoments> Modules, IReadOnlyDictionary<string, TensorMoments> Saved);
