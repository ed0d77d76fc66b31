using EdgeFlora.Adapters;

namespace EdgeFlora.Learning.Training;

/// <summary>One adapter being trained on one base model by one engine, whatever the task. Not thread-safe; all calls from one thread at a time.</summary>
public interface ITraining : IDisposable
{
    /// <summary>Steps done so far.</summary>
    int Step { get; }

    /// <summary>Tokens that <see cref="TrainStep"/> of this object has trained on, without padding; a restored checkpoint adds none.</summary>
    long TrainedTokens { get; }

    /// <summary>Runs one optimiser step and returns the batch's mean loss in nats.</summary>
    /// <exception cref="TrainingDivergedException">The loss or the gradient norm is not finite.</exception>
    double TrainStep();

    /// <summary>A copy of the adapter as it stands.</summary>
    LoraAdapter Snapshot();

    /// <summary>Writes everything needed to go on with identical bits: adapter, optimiser moments, random state, data cursor.</summary>
    void Save(Stream checkpoint);

    /// <summary>Goes on from a checkpoint written by <see cref="Save"/> for the same plan, model and data.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is damaged or belongs to another task.</exception>
    void Restore(Stream checkpoint);
}
