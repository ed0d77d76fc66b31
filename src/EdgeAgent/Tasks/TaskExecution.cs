using EdgeFlora.Adapters;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Limits;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Blobs;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>
/// Works one task from its journal stage to the coordinator's answer. Every stage may be repeated after a crash with the same outcome.
/// </summary>
internal sealed class TaskExecution(
    AgentOptions options,
    LocalModels models,
    ModelFetcher fetcher,
    ModelCache? cache,
    DataSets data,
    ILocalTraining training,
    WorkPermit permit,
    UpdatePacking packing,
    OwnFactorsStore own,
    OwnAdapterGuard guard,
    TaskJournal journal,
    BlobStore blobs,
    BlobExchange exchange,
    AgentConnection connection,
    Func<IReadOnlyList<string>> madeBodies,
    TimeProvider clock,
    ILogger log)
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
            PrivateData set = Check(offer);
            BaseModel model = await LoadModelAsync(handle, cancel);
            handle.Memory = Check(offer, model);
            MessageHeader accepted = connection.Header(offer.Header, nameof(TaskAccepted));
            await connection.SendAsync(
                offer.Intake,
                new TaskAccepted { Header = accepted, ResumedFromStep = handle.Progress.Now.Step, Memory = handle.Memory?.ToString() },
                accepted,
                cancel);
            long began = clock.GetTimestamp();
            LoraAdapter global = await FetchAsync(offer, handle.Progress, cancel);
            long fetchMs = MillisecondsSince(began);
            var factors = FactorTreatment.Of(offer, global, model.Folder);
            TrainingStart? start = null;
            TrainedUpdate update = await TrainingThread.RunAsync(
                $"train {options.Name}",
                options.Limits.Nice,
                () => Work(handle, set, start = Start(handle, model, set, global, factors), factors, cancel));
            cancel.ThrowIfCancellationRequested();
            handle.Progress.Enter(TaskPhase.Packing);
            if (offer.Kind == TaskKind.Evaluate && factors.KeepsParts)
            {
                // The newest of what is shared, with what is kept: what was measured is what is exported.
                own.Keep(offer.Header.RunId, start!.Adapter);
                own.Describe(offer.Header.RunId, OwnFactorsNote.Of(offer));
            }

            Pack(handle, global, update, factors, fetchMs);
        }

        if (handle.Entry is { Stage: JournalStage.Packed, Claim: { } claim })
        {
            handle.Progress.Enter(TaskPhase.Uploading);
            long began = clock.GetTimestamp();
            await HandOverAsync(claim, offer, cancel);
            Reach(handle, handle.Entry with { Stage = JournalStage.Uploaded, TransferMs = handle.Entry.TransferMs + MillisecondsSince(began) });
        }

        handle.Progress.Enter(TaskPhase.Reporting);
        ResultRejected? rejection = await ReportAsync(handle, cancel, stop);
        while (rejection is { Code: RejectionCode.BodyMissing } && handle.Entry.Claim is { } lost && !cancel.IsCancellationRequested
            && await HandOverAgainAsync(handle, lost, cancel))
        {
            rejection = await ReportAsync(handle, cancel, stop);
        }

        return rejection;
    }

    /// <summary>
    /// The coordinator no longer has the body that it took, as after a fault of its disk. Nothing is trained anew for that. It is the coordinator
    /// that gives up after a few times.
    /// </summary>
    /// <returns>Whether it has it now; it may want no more of this task.</returns>
    private async Task<bool> HandOverAgainAsync(TaskHandle handle, BlobClaim claim, CancellationToken cancel)
    {
        handle.Progress.Enter(TaskPhase.Uploading);
        try
        {
            await connection.Pipelines.Transfer.ExecuteAsync(
                async token => await exchange.HandOverAsync(claim, connection.Coordinator(handle.Offer), token),
                cancel);
        }
        catch (BlobRefusedException refused)
        {
            log.BodyNotTakenAgain(handle.Offer.Header.Round, refused.Message);
            return false;
        }

        handle.AwaitAnswerAnew();
        handle.Progress.Enter(TaskPhase.Reporting);
        return true;
    }

    /// <summary>Lets go of the models in memory; called when nothing waits.</summary>
    public void Release()
    {
        folded.Release();
        models.Release();
    }

    /// <summary>
    /// Offers the body until it is taken or nobody wants it any more: a coordinator without a place for it, or whose disk failed, may have mended
    /// that before the round is over.
    /// </summary>
    private async Task HandOverAsync(BlobClaim claim, TaskOffer offer, CancellationToken cancel)
    {
        TimeSpan pause = options.Resilience.FirstDelay;
        while (true)
        {
            if (!blobs.Contains(claim.Sha256))
            {
                throw new InvalidDataException($"The trained body {claim.Sha256} is no longer in the state folder.");
            }

            try
            {
                await connection.Pipelines.Transfer.ExecuteAsync(
                    async token => await exchange.HandOverAsync(claim, connection.Coordinator(offer), token),
                    cancel);
                return;
            }
            catch (BlobRefusedException refused)
            {
                log.BodyNotTaken(offer.Header.Round, pause, refused.Message);
                await Task.Delay(Jitter.Stretch(pause), clock, cancel);
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, options.Resilience.LongestDelay.Ticks));
            }
        }
    }

    /// <returns>The data set that the task is about.</returns>
    private PrivateData Check(TaskOffer offer)
    {
        if (offer.MinContract > ContractVersion.Current)
        {
            throw new DeclinedException(
                DeclineReason.Contract,
                $"The task needs an agent of contract version {offer.MinContract}; this one speaks up to {ContractVersion.Current}. "
                    + "Install a newer build.");
        }

        fetcher.Require(offer);
        if (offer.Kind == TaskKind.Train && offer.Hyper is null)
        {
            throw new DeclinedException(DeclineReason.Contract, "The offer says nothing about how to train.");
        }

        PrivateData set = data.For(offer);
        permit.Require(offer, set);
        if (offer.Kind == TaskKind.Evaluate && options.Role == AgentRole.Trainer && !options.Allow.HeldOutFigures)
        {
            throw new DeclinedException(
                DeclineReason.NoData,
                "The task asks how well the adapter does on the data held out here, which the owner forbids (allow.heldOutFigures).");
        }

        RequireDisk(offer);
        return set;
    }

    /// <summary>Models that were fetched give way to a task, if they count as part of the state folder.</summary>
    private void RequireDisk(TaskOffer offer)
    {
        if (options.Limits.DiskBytes is not { } most)
        {
            return;
        }

        long used = DiskUse.Of(options.StateFolder);
        if (used + offer.Adapter.Size > most && cache is { Space.IsInState: true })
        {
            cache.Shrink(used + offer.Adapter.Size - most);
            used = DiskUse.Of(options.StateFolder);
        }

        if (used + offer.Adapter.Size > most)
        {
            throw new DeclinedException(
                DeclineReason.Busy, FormattableString.Invariant(
                    $"The state folder takes {used >> 20} MiB of the disk and the task needs more; its owner's limits.disk is {most >> 20} MiB."));
        }
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

    /// <returns>How the task fits into this device's memory; null where that is not planned.</returns>
    private MemoryPlan? Check(TaskOffer offer, BaseModel model)
    {
        if (offer.Task == LearningTask.LanguageModel && !model.PredictsTokens)
        {
            throw new DeclinedException(
                DeclineReason.NoBase,
                $"The task is {offer.Task}, but {offer.Base.ModelId} predicts no tokens: it is an encoder, or its checkpoint has no lm_head.");
        }

        MemoryPlan? plan = training.Require(offer, model);
        if (plan is not null)
        {
            log.Fits(offer.Header.Round, plan.ToString());
        }

        return plan;
    }

    private async Task<LoraAdapter> FetchAsync(TaskOffer offer, TaskProgressBoard progress, CancellationToken cancel)
    {
        progress.Enter(TaskPhase.Preparing);
        BlobClaim[] bodies = [offer.Adapter, .. offer.BaseDelta is { } delta ? [delta] : Array.Empty<BlobClaim>()];
        foreach (BlobClaim body in bodies)
        {
            await connection.Pipelines.Transfer.ExecuteAsync(
                async token => await exchange.FetchAsync(body, connection.Coordinator(offer), token),
                cancel);
        }

        blobs.KeepOnly([.. bodies.Select(body => body.Sha256), .. madeBodies()]);
        return GlobalAdapter.Decode(blobs.ReadAll(offer.Adapter.Sha256), offer.Lora);
    }

    /// <summary>The published adapter with this agent's own B and head where it keeps them, on the base with all that was folded into it.</summary>
    /// <exception cref="DeclinedException">There is nothing to measure: this agent keeps nothing of the run's.</exception>
    private TrainingStart Start(TaskHandle handle, BaseModel model, PrivateData set, LoraAdapter global, FactorTreatment factors)
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
        if (offer is not { Kind: TaskKind.Evaluate, Published: true } || options.Role != AgentRole.Trainer || factors.KeepsParts)
        {
            return update;
        }

        string beside = OwnAdapterGuard.CheckpointBeside(checkpoint);
        return guard.Judge(offer, update, best => training.Run(offer, set, start with { Adapter = best }, beside, handle.Progress, cancel));
    }

    private void Pack(TaskHandle handle, LoraAdapter global, TrainedUpdate update, FactorTreatment factors, long fetchMs)
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
                guard.Stage(handle.Offer, trained, update.Metrics);
            }

            (byte[] body, feedbackNorm) = packing.Pack(handle.Offer, trained, global, factors);
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
