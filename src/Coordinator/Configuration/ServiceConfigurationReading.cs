using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Configuration;

/// <summary>What a text turned out to be: a configuration, or a list of mistakes.</summary>
/// <param name="Configuration">Null if there are mistakes.</param>
/// <param name="Mistakes">All of them, in the order of the text.</param>
public sealed record ServiceConfigurationReading(ServiceConfiguration? Configuration, IReadOnlyList<SpecMistake> Mistakes);
