using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Telemetry;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Devices.Planning;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>A task in the agent's hands, and the way messages about it reach the work on it.</summary>
internal sealed class TaskHandle(JournalEntry entry) : IDisposable
{
    private readonly CancellationTokenSource unwanted = new();
    private TaskCompletionSource<ResultRejected?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MessageHeader offered = entry.Offer.Header;

    public JournalEntry Entry { get; set; } = entry;

    public TaskOffer Offer => Entry.Offer;

    /// <summary>Term of the coordinator that offered it last.</summary>
    public long Term => offered.Term;

    /// <summary>Milliseconds of silence the coordinator allows, as it last said.</summary>
    public long LeaseMs { get; set; } = entry.Offer.RemainingMs;

    public TaskProgressBoard Progress { get; } = new();

    /// <summary>How it fits into this device's memory; null until that is known, and where it is not planned.</summary>
    public MemoryPlan? Memory { get; set; }

    /// <summary>What is done for it, as part of a trace; null until it is worked on.</summary>
    public TaskTrace? Trace { get; private set; }

    /// <summary>Signalled when nobody wants the result any more.</summary>
    public CancellationToken Unwanted => unwanted.Token;

    /// <summary>The coordinator's answer to the result: null for accepted.</summary>
    public Task<ResultRejected?> Answer => answer.Task;

    /// <summary>Whether a later offer of the same task took this one's place: the journal entry is the successor's then.</summary>
    public bool IsSuperseded { get; private set; }

    public bool Is(Guid taskId, int leaseEpoch) => Offer.Header.TaskId == taskId && Offer.Header.LeaseEpoch == leaseEpoch;

    /// <summary>An offer has come that this one stands in the way of.</summary>
    public void OfferedAgain(MessageHeader offer)
    {
        if (Is(offer.TaskId, offer.LeaseEpoch))
        {
            offered = offer;
        }
    }

    /// <summary>
    /// Whether a message was said before the offer: a coordinator that goes on from a backup cancels what it does not know of, and may then offer
    /// the very same. Terms tell coordinators apart, counts the messages of one.
    /// </summary>
    public bool IsFromBeforeOffer(MessageHeader message) =>
        message.Term < offered.Term || (message.Term == offered.Term && message.BootId == offered.BootId && message.Seq < offered.Seq);

    /// <summary>Work on it begins.</summary>
    public TaskTrace BeginTrace(TimeProvider clock)
    {
        Trace = TaskTrace.Begin(Offer, clock);
        Progress.Entered = Trace.Enter;
        return Trace;
    }

    public void Cancel() => unwanted.Cancel();

    public void Supersede(bool bySameTask)
    {
        IsSuperseded = bySameTask;
        unwanted.Cancel();
    }

    /// <summary>The result is reported once more: what was said of it before counts no longer.</summary>
    public void AwaitAnswerAnew() => answer = new TaskCompletionSource<ResultRejected?>(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Answered(ResultRejected? rejection) => answer.TrySetResult(rejection);

    public void Dispose() => unwanted.Dispose();
}
