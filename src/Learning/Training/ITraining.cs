using EdgeFlora.Adapters;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// One adapter being trained on one base model by one engine, whatever the task. Not thread-safe; all calls from one thread at a time.
/// </summary>
public interface ITraining : IDisposable
{
    /// <summary>Steps done so far.</summary>
    int Step { get; }

    /// <summary>Most memory used so far, bytes: of the device where it has its own, else resident memory of the process that trains.</summary>
    long PeakBytes { get; }

    /// <summary>Tokens that <see cref="TrainStep"/> of this object has trained on, without padding; a restored checkpoint adds none.</summary>
    long TrainedTokens { get; }

    /// <summary>
    /// Most memory held so far for activations, gradients, adapter and optimiser, in bytes; the base weights, which trainings share, are left out.
    /// Null where the engine cannot tell.
    /// </summary>
    long? TrainingBytes => null;

    /// <summary>Runs one optimiser step and returns the batch's mean loss in nats.</summary>
    /// <exception cref="TrainingDivergedException">The loss or the gradient norm is not finite.</exception>
    double TrainStep();

    /// <summary>A copy of the adapter as it stands.</summary>
    /// <exception cref="IOException">The base model's weights file was written to meanwhile; what was trained on it cannot be trusted.</exception>
    LoraAdapter Snapshot();

    /// <summary>Writes everything needed to go on with identical bits: adapter, optimiser moments, random state, data cursor.</summary>
    void Save(Stream checkpoint);

    /// <summary>Goes on from a checkpoint written by <see cref="Save"/> for the same plan, model and data.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is damaged or belongs to another task.</exception>
    void Restore(Stream checkpoint);
}
