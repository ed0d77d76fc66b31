namespace EdgeFlora.Experiments.Results;

/// <summary>Everything an experiment came to.</summary>
/// <param name="Texts">Name of the data, for people.</param>
/// <param name="Model">Name of the base model, for people.</param>
/// <param name="Cells">By regime, method and seed, in the file's order.</param>
/// <param name="Baselines">By regime and seed.</param>
public sealed record ExperimentResult(
    Experiment Experiment, string Texts, string Model, IReadOnlyList<CellFigures> Cells, IReadOnlyList<BaselineFigures> Baselines);
