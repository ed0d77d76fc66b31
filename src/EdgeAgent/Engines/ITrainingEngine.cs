namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>
/// What trains for an agent within a product, in place of EdgeFlora's engines. The agent speaks to the coordinator, keeps the journal and checks the
/// result as it would its own; an engine only trains and measures.
/// </summary>
/// <remarks>One task at a time. The same contract for a program of its own is <c>engine: command</c> (docs/trainer-contract.md).</remarks>
public interface ITrainingEngine
{
    /// <summary>Name that the coordinator is told, 1 … 64 of <c>a-z 0-9 -</c>.</summary>
    string Name { get; }

    /// <summary>What it computes on, for people.</summary>
    string Device { get; }

    /// <summary>
    /// Measures the task's adapter, trains it and measures the result; or measures only, if the task says so
    /// (<see cref="TrainingTask.Trains"/>).
    /// </summary>
    /// <param name="task">What to do.</param>
    /// <param name="progress">
    /// To be told after each step; may be called from any thread. An engine that tells nothing for 10 minutes is taken for hung.
    /// </param>
    /// <param name="stop">
    /// The task is not wanted any more, the agent stops, or its owner does not allow work now: write a checkpoint to
    /// <see cref="TrainingTask.CheckpointFolder"/> and end within 30 seconds. The next call for the same task finds the folder as it was left.
    /// </param>
    /// <returns>The trained adapter and figures; checked by the agent.</returns>
    /// <exception cref="TaskNotSupportedException">This engine does not do such tasks; the agent declines it with the message.</exception>
    /// <exception cref="EdgeFlora.Learning.Training.TrainingDivergedException">The loss left the finite numbers.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    Task<TrainingOutcome> RunAsync(TrainingTask task, IProgress<TrainingProgress> progress, CancellationToken stop);
}
