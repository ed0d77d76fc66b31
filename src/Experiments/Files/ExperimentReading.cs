using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Experiments.Files;

/// <summary>What a text turned out to be: an experiment, or a list of mistakes.</summary>
/// <param name="Experiment">Null if there are mistakes.</param>
/// <param name="Mistakes">All of them, in the order of the text.</param>
public sealed record ExperimentReading(Experiment? Experiment, IReadOnlyList<SpecMistake> Mistakes);
