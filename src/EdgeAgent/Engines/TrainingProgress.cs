namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>How far a training is.</summary>
/// <param name="Step">
/// The step just done, from 1. After a restart from a checkpoint steps may be told again; what was told of them before counts no longer.
/// </param>
/// <param name="Loss">The step's mean loss, nats.</param>
public readonly record struct TrainingProgress(int Step, double Loss);
