using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Training;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>Takes offers into the journal and passes messages on to the task they are about. Thread-safe; does no work itself.</summary>
/// <remarks>
/// Idempotent on (task, lease epoch) under one coordinator; a later one that offers what has ended here does not know of it. A newer epoch of a task,
/// or training in a newer round of its run, supersedes what is in hand. Tasks of several runs, and measurements, are done one after another.
/// </remarks>
internal sealed class TaskRegistry(TaskJournal journal, TimeProvider clock, ILogger log)
{
    private const int Remembered = 256;

    private readonly Lock gate = new();
    private readonly List<TaskHandle> inHand = [];
    private readonly Queue<(Guid TaskId, int Epoch, long Term)> ended = new();

    public TaskQueue Waiting { get; } = new();

    /// <summary>The task being worked on; null if none is.</summary>
    public TaskHandle? Current { get; set; }

    /// <summary>The tasks a hello should tell about, the one in hand longest first.</summary>
    public IReadOnlyList<OpenTask> OpenTasks =>
    [
        .. InHand.Select(handle => new OpenTask
        {
            RunId = handle.Offer.Header.RunId,
            TaskId = handle.Offer.Header.TaskId,
            LeaseEpoch = handle.Offer.Header.LeaseEpoch,
            Step = handle.Progress.Now is { Phase: not TaskPhase.Fetching, Step: var step } ? step : 0,
            Trained = handle.Entry.Stage >= JournalStage.Packed,
        }),
    ];

    /// <summary>Takes up what an earlier process left in the journal.</summary>
    public void Resume()
    {
        foreach (JournalEntry entry in journal.Open())
        {
            log.TaskResumed(entry.Offer.Kind, entry.Offer.Header.Round, entry.Stage.ToString());
            Add(entry);
        }
    }

    /// <summary>An offer came. When this returns it is in the journal, or it is to be ignored.</summary>
    /// <exception cref="IOException">The journal could not be written; the bus tries the offer again a few times, and then it is lost like one that
    /// never arrived.</exception>
    public void Offered(TaskOffer offer)
    {
        MessageHeader header = offer.Header;
        lock (gate)
        {
            if (ended.Contains((header.TaskId, header.LeaseEpoch, header.Term)))
            {
                log.OfferIgnored(header.Round, header.LeaseEpoch, "it has ended here");
                return;
            }

            foreach (TaskHandle handle in inHand.ToArray())
            {
                if (!Yields(handle, offer, out string? reason))
                {
                    handle.OfferedAgain(header);
                    log.OfferIgnored(header.Round, header.LeaseEpoch, reason);
                    return;
                }
            }

            foreach (TaskHandle handle in inHand.Where(handle => IsSupersededBy(handle.Offer, offer)))
            {
                handle.Supersede(bySameTask: handle.Offer.Header.TaskId == header.TaskId);
            }

            var entry = new JournalEntry { Offer = offer, AcceptedAt = clock.GetUtcNow() };
            journal.Write(entry);
            Add(entry);
        }

        log.TaskTaken(offer.Kind, header.Round, header.LeaseEpoch);
    }

    public void Cancelled(TaskCancelled message)
    {
        lock (gate)
        {
            // A cancel may be about an epoch the agent has not seen superseded yet; it never outlives a later epoch.
            MessageHeader wanted = message.Header;
            TaskHandle? handle = inHand.FindLast(
                held => held.Offer.Header.TaskId == wanted.TaskId && held.Offer.Header.LeaseEpoch <= wanted.LeaseEpoch);
            if (handle?.IsFromBeforeOffer(wanted) == false)
            {
                handle.Cancel();
            }
        }
    }

    public void LeaseGranted(LeaseGranted message)
    {
        lock (gate)
        {
            if (inHand.FindLast(handle => handle.Is(message.Header.TaskId, message.Header.LeaseEpoch)) is { } handle)
            {
                handle.LeaseMs = message.RemainingMs;
            }
        }
    }

    /// <summary>The coordinator's answer to a result; null: accepted.</summary>
    public void Answered(MessageHeader header, ResultRejected? rejection)
    {
        lock (gate)
        {
            inHand.FindLast(handle => handle.Is(header.TaskId, header.LeaseEpoch))?.Answered(rejection);
        }
    }

    /// <summary>The tasks in hand that somebody still wants: the one that is worked on, and those that wait.</summary>
    public IReadOnlyList<TaskHandle> InHand
    {
        get
        {
            lock (gate)
            {
                return [.. inHand.Where(handle => !handle.Unwanted.IsCancellationRequested)];
            }
        }
    }

    /// <summary>Bodies that tasks in hand have made and not yet seen accepted.</summary>
    public IReadOnlyList<string> Bodies
    {
        get
        {
            lock (gate)
            {
                return [.. inHand.Select(handle => handle.Entry.Claim?.Sha256).OfType<string>()];
            }
        }
    }

    /// <summary>The offer in hand that a message is about: of its task, or of its run where it names no task; null if there is none.</summary>
    public TaskOffer? OfferOf(MessageHeader header)
    {
        lock (gate)
        {
            bool namesTask = header.TaskId != Guid.Empty;
            return inHand.Select(handle => handle.Offer).LastOrDefault(
                offer => namesTask ? offer.Header.TaskId == header.TaskId : offer.Header.RunId == header.RunId);
        }
    }

    /// <summary>The offer in hand whose adapter, base delta, control variates or base model a chunk belongs to; null if there is none.</summary>
    public TaskOffer? OfferOf(BlobChunk chunk)
    {
        lock (gate)
        {
            return inHand.Select(handle => handle.Offer).LastOrDefault(offer =>
                TaskBodies.Of(offer).Append(offer.BaseArchive).Any(body => body?.Sha256 == chunk.Sha256));
        }
    }

    /// <summary>Forgets a task that ended; its journal entry goes with it.</summary>
    public void Close(TaskHandle handle)
    {
        lock (gate)
        {
            inHand.Remove(handle);
            ended.Enqueue((handle.Offer.Header.TaskId, handle.Offer.Header.LeaseEpoch, handle.Term));
            if (ended.Count > Remembered)
            {
                ended.Dequeue();
            }

            if (!handle.IsSuperseded)
            {
                journal.Remove(handle.Offer);
            }
        }
    }

    private static bool IsSupersededBy(TaskOffer old, TaskOffer offer) =>
        old.Header.TaskId == offer.Header.TaskId || (
            old.Kind == TaskKind.Train && offer.Kind == TaskKind.Train && old.Header.RunId == offer.Header.RunId);

    /// <summary>Whether a task in hand does not stand in the way of an offer.</summary>
    private static bool Yields(TaskHandle handle, TaskOffer offer, out string reason)
    {
        (MessageHeader held, MessageHeader offered) = (handle.Offer.Header, offer.Header);
        if (held.TaskId == offered.TaskId && held.LeaseEpoch >= offered.LeaseEpoch
            && !(handle.Unwanted.IsCancellationRequested && offered.Term > handle.Term))
        {
            reason = "it is in hand already";
            return false;
        }

        // Of one coordinator: messages may overtake each other. A later one that is in an earlier round has gone on from a backup.
        if (handle.Offer.Kind == TaskKind.Train
            && offer.Kind == TaskKind.Train
            && held.RunId == offered.RunId
            && held.Round > offered.Round
            && handle.Term == offered.Term)
        {
            reason = "a later round is in hand";
            return false;
        }

        reason = "";
        return true;
    }

    private void Add(JournalEntry entry)
    {
        var handle = new TaskHandle(entry);
        handle.Progress.Set(TaskPhase.Preparing, TrainingCheckpointFile.StepOf(journal.CheckpointOf(entry.Offer)), entry.Offer.Hyper?.Steps ?? 0);
        lock (gate)
        {
            inHand.Add(handle);
        }

        Waiting.Add(handle);
    }
}
