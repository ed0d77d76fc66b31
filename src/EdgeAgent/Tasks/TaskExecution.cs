using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>
/// Works one task from its journal stage to the coordinator's answer. Every stage may be repeated after a crash with the same outcome.
/// </summary>
internal sealed class TaskExecution(
    AgentOptions options,
    LocalModels models,
    ModelFetcher fetcher,
    TaskCheck check,
    BodyHandOver bodies,
    ILocalTraining training,
    UpdatePacking packing,
    OwnFactorsStore own,
    OwnAdapterGuard guard,
    ControlVariateStore variates,
    TrainingAlone alone,
    TaskJournal journal,
    BlobStore blobs,
    BlobExchange exchange,
    AgentConnection connection,
    Func<IReadOnlyList<string>> madeBodies,
    TimeProvider clock)
{
    /// <summary>
    /// How long a report goes on being sent after the task was cancelled: the result may have counted while its answer was lost, and error feedback
    /// must know.
    /// </summary>
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(10);

    private readonly FoldedModel folded = new(blobs);

    /// <returns>The coordinator's answer: null for accepted.</returns>
    /// <exception cref="DeclinedException">The task is not for this agent.</exception>
    /// <exception cref="OperationCanceledException">Unwanted, out of time, or the agent stops.</exception>
    public async Task<ResultRejected?> RunAsync(TaskHandle handle, CancellationToken cancel, CancellationToken stop)
    {
        TaskOffer offer = handle.Offer;
        if (handle.Entry.Stage == JournalStage.Accepted)
        {
            PrivateData set = check.Require(offer);
            BaseModel model = await LoadModelAsync(handle, cancel);
            handle.Memory = check.Require(offer, model);
            MessageHeader accepted = connection.Header(offer.Header, nameof(TaskAccepted));
            await connection.SendAsync(
                offer.Intake,
                new TaskAccepted { Header = accepted, ResumedFromStep = handle.Progress.Now.Step, Memory = handle.Memory?.ToString() },
                accepted,
                cancel);
            long began = clock.GetTimestamp();
            (LoraAdapter global, LoraAdapter? common) = await FetchAsync(offer, handle.Progress, cancel);
            long fetchMs = MillisecondsSince(began);
            var factors = FactorTreatment.Of(offer, global, model.Folder);
            TrainingStart? start = null;
            TrainedUpdate update = await TrainingThread.RunAsync(
                $"train {options.Name}",
                options.Limits.Nice,
                () => Work(handle, set, start = Start(handle, model, set, global, common, factors), factors, cancel));
            cancel.ThrowIfCancellationRequested();
            handle.Progress.Enter(TaskPhase.Packing);
            if (offer.Kind == TaskKind.Evaluate && factors.KeepsParts)
            {
                // The newest of what is shared, with what is kept: what was measured is what is exported.
                own.Keep(offer.Header.RunId, start!.Adapter);
                own.Describe(offer.Header.RunId, OwnFactorsNote.Of(offer));
            }

            Pack(handle, global, common, update, factors, fetchMs);
        }

        if (handle.Entry is { Stage: JournalStage.Packed, Claim: { } claim })
        {
            handle.Progress.Enter(TaskPhase.Uploading);
            long began = clock.GetTimestamp();
            await bodies.HandOverAsync(claim, offer, cancel);
            Reach(handle, handle.Entry with { Stage = JournalStage.Uploaded, TransferMs = handle.Entry.TransferMs + MillisecondsSince(began) });
        }

        handle.Progress.Enter(TaskPhase.Reporting);
        ResultRejected? rejection = await ReportAsync(handle, cancel, stop);
        while (rejection is { Code: RejectionCode.BodyMissing } && handle.Entry.Claim is { } lost && !cancel.IsCancellationRequested
            && await bodies.HandOverAgainAsync(handle, lost, cancel))
        {
            rejection = await ReportAsync(handle, cancel, stop);
        }

        return rejection;
    }

    /// <summary>Lets go of the models in memory; called when nothing waits.</summary>
    public void Release()
    {
        folded.Release();
        models.Release();
    }

    private async Task<BaseModel> LoadModelAsync(TaskHandle handle, CancellationToken cancel)
    {
        TaskProgressBoard.Standing before = handle.Progress.Now;
        BaseModel model = await fetcher.LoadAsync(
            handle.Offer,
            fetching => handle.Progress.Set(
                TaskPhase.Fetching, (int)(fetching.Bytes >> 10), (int)(fetching.Total >> 10), waiting: fetching.Waiting),
            cancel);
        if (handle.Progress.Now.Phase == TaskPhase.Fetching)
        {
            handle.Progress.Set(TaskPhase.Preparing, before.Step, before.Total);
        }

        return model;
    }

    private async Task<(LoraAdapter Global, LoraAdapter? Common)> FetchAsync(
        TaskOffer offer, TaskProgressBoard progress, CancellationToken cancel)
    {
        progress.Enter(TaskPhase.Preparing);
        IReadOnlyList<BlobClaim> wanted = TaskBodies.Of(offer);
        foreach (BlobClaim body in wanted)
        {
            await connection.Pipelines.Transfer.ExecuteAsync(
                async token => await exchange.FetchAsync(body, connection.Coordinator(offer), token),
                cancel);
        }

        blobs.KeepOnly([.. wanted.Select(body => body.Sha256), .. madeBodies()]);
        LoraAdapter global = GlobalAdapter.Decode(blobs.ReadAll(offer.Adapter.Sha256), offer.Lora);
        return (global, offer.Control is { } control ? AdapterPayload.Decode(blobs.ReadAll(control.Sha256), AdapterShape.Of(global)) : null);
    }

    /// <summary>The published adapter with this agent's own B and head where it keeps them, on the base with all that was folded into it.</summary>
    /// <exception cref="DeclinedException">There is nothing to measure: this agent keeps nothing of the run's.</exception>
    private TrainingStart Start(
        TaskHandle handle, BaseModel model, PrivateData set, LoraAdapter global, LoraAdapter? common, FactorTreatment factors)
    {
        TaskOffer offer = handle.Offer;
        LoraAdapter? kept = factors.KeepsParts ? own.Load(offer.Header.RunId, AdapterShape.Of(factors.ToTrain(global, kept: null))) : null;
        if (offer.Kind == TaskKind.Evaluate && factors.KeepsParts && kept is null)
        {
            throw new DeclinedException(
                DeclineReason.NoData,
                "The task measures the shared factors with an agent's own, and this agent has none of this run: it has not trained in it.");
        }

        return new TrainingStart(
            folded.Of(model, offer.BaseDelta).WithSpecialTokens(set.MatchesSpecialTokens), factors.ToTrain(global, kept), factors.Frozen)
        {
            Savings = handle.Memory?.Savings ?? MemorySavings.None,
            Correction = variates.Correction(offer, common),
        };
    }

    /// <summary>
    /// Trains or measures. Of a published adapter, an agent that keeps no part of its own finds out whether its own best one is better.
    /// </summary>
    private TrainedUpdate Work(TaskHandle handle, PrivateData set, TrainingStart start, FactorTreatment factors, CancellationToken cancel)
    {
        TaskOffer offer = handle.Offer;
        string checkpoint = journal.CheckpointOf(offer);
        TrainedUpdate update = training.Run(offer, set, start, checkpoint, handle.Progress, cancel);
        if (offer is { Kind: TaskKind.Train, TrainAlone: true } && !factors.KeepsParts && update.Metrics.LocalLoss is not null)
        {
            string apart = OwnAdapterGuard.CheckpointBeside(checkpoint, "alone");
            TrainedUpdate own = alone.Go(offer, start, (task, from) => training.Run(task, set, from, apart, handle.Progress, cancel));
            return update with { Alone = own, TrainMs = update.TrainMs + own.TrainMs };
        }

        if (offer is not { Kind: TaskKind.Evaluate, Published: true } || options.Role != AgentRole.Trainer || factors.KeepsParts)
        {
            return update;
        }

        string beside = OwnAdapterGuard.CheckpointBeside(checkpoint, "own");
        return guard.Judge(offer, update, best => training.Run(offer, set, start with { Adapter = best }, beside, handle.Progress, cancel));
    }

    private void Pack(
        TaskHandle handle, LoraAdapter global, LoraAdapter? common, TrainedUpdate update, FactorTreatment factors, long fetchMs)
    {
        BlobClaim? claim = null;
        double feedbackNorm = 0;
        if (update.Adapter is { } trained)
        {
            if (factors.KeepsParts)
            {
                own.Stage(handle.Offer.Header.RunId, UpdatePacking.TaskName(handle.Offer), trained);
                own.Describe(handle.Offer.Header.RunId, OwnFactorsNote.Of(handle.Offer));
            }
            else
            {
                guard.Stage(handle.Offer, update);
                if (update.Alone?.Adapter is { } own)
                {
                    alone.Stage(handle.Offer, own);
                }
            }

            (byte[] body, feedbackNorm) = packing.Pack(handle.Offer, trained, global, factors);
            variates.Stage(handle.Offer, global, common, body, factors.Unsent);
            claim = blobs.Put(body, handle.Offer.Codec);
        }

        Reach(handle, handle.Entry with
        {
            Stage = JournalStage.Packed,
            Claim = claim,
            Metrics = update.Metrics,
            Examples = update.Examples,
            ClassCounts = update.ClassCounts,
            TrainMs = update.TrainMs,
            TransferMs = fetchMs,
            ErrorFeedbackNorm = feedbackNorm,
        });
    }

    private long MillisecondsSince(long timestamp) => (long)clock.GetElapsedTime(timestamp).TotalMilliseconds;

    private void Reach(TaskHandle handle, JournalEntry entry)
    {
        if (!connection.IsCut && !handle.IsSuperseded)
        {
            journal.Write(entry);
        }

        handle.Entry = entry;
    }

    /// <summary>Sends the result until it is answered.</summary>
    private async Task<ResultRejected?> ReportAsync(TaskHandle handle, CancellationToken cancel, CancellationToken stop)
    {
        JournalEntry entry = handle.Entry;
        MessageHeader header = connection.Header(entry.Offer.Header, nameof(ResultReady), entry.Claim?.Sha256 ?? "");
        var result = new ResultReady
        {
            Header = header,
            Claim = entry.Claim,
            Rank = entry.Offer.Lora.Rank,
            Examples = entry.Examples,
            ClassCounts = entry.ClassCounts,
            Metrics = entry.Metrics!,
            TrainMs = entry.TrainMs,
            TransferMs = entry.TransferMs,
            ErrorFeedbackNorm = entry.ErrorFeedbackNorm,
            BaseRound = Math.Max(0, entry.Offer.Header.Round - 1),
            Spans = handle.Trace?.Carried(),
        };
        long? unwantedSince = null;
        while (true)
        {
            await connection.SendAsync(entry.Offer.Intake, result, header, stop);
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Task pause = Task.Delay(Jitter.Stretch(options.Resilience.AnswerTimeout), clock, waiting.Token);
            bool answered = await Task.WhenAny(handle.Answer, pause) == handle.Answer;
            await waiting.CancelAsync();
            stop.ThrowIfCancellationRequested();
            if (answered)
            {
                return await handle.Answer;
            }

            unwantedSince ??= cancel.IsCancellationRequested ? clock.GetTimestamp() : null;
            if (unwantedSince is { } since && clock.GetElapsedTime(since) >= SettlingTime)
            {
                cancel.ThrowIfCancellationRequested();
            }
        }
    }
}
