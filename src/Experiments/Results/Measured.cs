namespace EdgeFlora.Experiments.Results;

/// <summary>How well an adapter labels a set of texts.</summary>
/// <param name="Examples">Texts measured.</param>
/// <param name="Accuracy">0 … 1.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="MacroF1">0 … 1.</param>
public sealed record Measured(int Examples, double Accuracy, double Loss, double MacroF1);
