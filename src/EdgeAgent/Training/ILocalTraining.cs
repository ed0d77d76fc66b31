using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>What trains and measures on this device: an engine of EdgeFlora's, or a program of the owner's.</summary>
internal interface ILocalTraining
{
    /// <summary>What a hello tells of it.</summary>
    EngineCapability Capability { get; }

    /// <summary>Makes a task fit this device.</summary>
    /// <returns>How it fits; null where that is not planned.</returns>
    /// <exception cref="DeclinedException">It does not fit; the message has the numbers.</exception>
    MemoryPlan? Require(TaskOffer offer, BaseModel model);

    /// <summary>
    /// Measures the published adapter, trains it and measures the result; or measures only, as the offer says. Blocks; call it on a thread of its
    /// own.
    /// </summary>
    /// <remarks>Cancelled and called again for the same task it goes on from its last checkpoint.</remarks>
    /// <param name="start">What to start from or to measure; not changed.</param>
    /// <param name="checkpoint">File for checkpoints. Nothing else lies in its folder but what belongs to the same task, and all of it goes when
    /// the task ends.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the last checkpoint stays.</exception>
    /// <exception cref="TrainingDivergedException">The loss left the finite numbers.</exception>
    /// <exception cref="DeclinedException">A text does not fit the task, or the trainer does not do such tasks.</exception>
    TrainedUpdate Run(
        TaskOffer offer, PrivateData data, TrainingStart start, string checkpoint, TaskProgressBoard progress, CancellationToken cancel);
}
