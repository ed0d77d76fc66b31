using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Training;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>
/// The adapter that an agent trains alone beside a run: from where its first task began, task by task as many steps as the run's own training, and
/// never anything of the others'. Kept in the state folder and sent nowhere; <see cref="OwnAdapterGuard"/> holds it against what is published.
/// </summary>
internal sealed class TrainingAlone(string stateFolder, ILogger log)
{
    private const string FolderName = "alone-adapters";

    private readonly OwnFactorsStore kept = new(stateFolder, log, FolderName);

    /// <summary>Trains on from the last task that counted.</summary>
    /// <param name="start">What the task began with.</param>
    /// <param name="train">Trains as the task asks, from another adapter.</param>
    public TrainedUpdate Go(TaskOffer offer, TrainingStart start, Func<TaskOffer, TrainingStart, TrainedUpdate> train)
    {
        LoraAdapter from = kept.Load(offer.Header.RunId, AdapterShape.Of(start.Adapter)) ?? start.Adapter;

        // There is nobody to stay near to, and no common direction.
        TaskOffer alone = offer with { Hyper = offer.Hyper! with { Proximal = 0 } };
        return train(alone, start with { Adapter = from, Correction = null });
    }

    /// <summary>Puts aside what a task trained alone until the task is settled. Doing it again replaces it.</summary>
    public void Stage(TaskOffer offer, LoraAdapter trained) => kept.Stage(offer.Header.RunId, UpdatePacking.TaskName(offer), trained);

    /// <summary>A task is over: what was put aside for it is gone on from, or forgotten. Doing it twice changes nothing.</summary>
    public void Settle(TaskOffer offer, bool counted) => kept.SettleUntilPublished(offer, counted);
}
