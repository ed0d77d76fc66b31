using System.Diagnostics;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>A run's part of its trace. Called on the run's loop; without a listener nothing is made.</summary>
/// <param name="meter">Takes how long work lasts; null: nobody.</param>
/// <param name="submission">Where in a trace the run was submitted, as kept with it; null: it was not traced, and each round begins a trace.</param>
internal sealed class RunTelemetry(Guid run, string? submission, ServiceMeter? meter, TimeProvider clock)
{
    private readonly ActivityContext submitted = TraceContext.Read(submission);
    private readonly Dictionary<(int Round, string Agent), Activity> tasks = [];
    private readonly HashSet<(int Round, string Agent)> relayed = [];
    private Activity? round;
    private int number;
    private volatile Activity? commit;

    /// <summary>A run is taken into the queue.</summary>
    /// <returns>Its span, to be disposed of when that is stored; null if nobody listens.</returns>
    public static Activity? Submit(Guid run)
    {
        // Whoever asked for the run may be traced themselves; an unrecorded request would keep the run from being.
        ActivityContext asked = Activity.Current is { Recorded: true } request ? request.Context : default;
        return DetachedSpan.Begin(
            TelemetrySources.Coordinator, SpanNames.Submission, ActivityKind.Internal, asked, [new(SpanAttributes.Run, run.ToString())]);
    }

    /// <summary>Follows what was stored.</summary>
    public void Happened(RunEvent happened)
    {
        switch (happened.Kind)
        {
            case RunEventKind.RoundOpened:
                Open(happened.Round, recovered: false);
                break;
            case RunEventKind.CoordinatorRecovered when happened.Round > 0:
                Open(happened.Round, recovered: true);
                break;
            case RunEventKind.RoundExtended:
                round?.AddEvent(new ActivityEvent("extended"));
                break;
            case RunEventKind.TaskOffered:
                Offer(happened.Round, happened.AgentId!);
                break;
            case RunEventKind.TaskDeclined or RunEventKind.TaskFailed or RunEventKind.TaskLost:
                EndTask(happened, happened.Kind.ToString(), failed: happened.Kind != RunEventKind.TaskDeclined);
                break;
            case RunEventKind.ResultAccepted or RunEventKind.Evaluated:
                EndTask(happened, happened.Kind.ToString(), failed: false);
                break;
            case RunEventKind.ResultRejected when happened.Code is nameof(RejectionCode.Invalid) or nameof(RejectionCode.OverBudget):
                EndTask(happened, happened.Kind.ToString(), failed: true);
                break;
            case RunEventKind.RoundCommitted or RunEventKind.RoundSkipped:
                Close(happened);
                break;
            case RunEventKind.RunCompleted or RunEventKind.RunIncomplete or RunEventKind.RunFailed:
                End(happened.Kind.ToString());
                break;
        }
    }

    /// <summary>Where an offer's task is in the trace, for its header; null: nowhere.</summary>
    public string? PlaceOf(MessageHeader offer) => TraceContext.Write(tasks.GetValueOrDefault((offer.Round, offer.AgentId)));

    /// <summary>A result of a task of this run has come in; its agent may tell how it came about.</summary>
    public void Arrived(ResultReady result)
    {
        (int, string) key = (result.Header.Round, result.Header.AgentId);
        ActivityContext place = PlaceOf(result);
        if (result.Spans is { Count: > 0 } && place != default && TelemetrySources.Coordinator.HasListeners() && relayed.Add(key))
        {
            DateTimeOffset? offered = tasks.GetValueOrDefault(key)?.StartTimeUtc;
            RelayedSpans.Emit(place, result.Spans, Attributes(result), offered, clock.GetUtcNow());
        }
    }

    /// <summary>A result begins to be looked into.</summary>
    public Stage BeginIntake(ResultReady result)
    {
        Arrived(result);
        Activity? span = Begin(SpanNames.Intake, ActivityKind.Internal, PlaceOf(result), Attributes(result));
        return new Stage(span, clock, meter is null ? null : meter.Inspected);
    }

    /// <summary>A round begins to be merged.</summary>
    public Stage BeginMerge(int of)
    {
        Activity? span = Begin(SpanNames.Merge, ActivityKind.Internal, PlaceOf(of), Attributes(of, agent: null));
        return new Stage(span, clock, meter is null ? null : meter.Merged);
    }

    /// <summary>A round is merged and is to be stored. Called by the worker that merged it.</summary>
    public void BeginCommit(int of) => commit = Begin(SpanNames.Commit, ActivityKind.Internal, PlaceOf(of), Attributes(of, agent: null));

    /// <summary>Nothing more of the run is done here.</summary>
    public void End(string outcome)
    {
        DetachedSpan.End(Interlocked.Exchange(ref commit, null), outcome);
        foreach (Activity task in tasks.Values)
        {
            DetachedSpan.End(task, outcome);
        }

        tasks.Clear();
        DetachedSpan.End(round, outcome);
    }

    private void Open(int opened, bool recovered)
    {
        DetachedSpan.End(round, "superseded");
        KeyValuePair<string, object?>[] attributes = Attributes(opened, agent: null);
        round = Begin(
            SpanNames.Round, ActivityKind.Internal, submitted, recovered ? [.. attributes, new(SpanAttributes.Recovered, true)] : attributes);
        number = opened;
    }

    private void Offer(int offered, string agent)
    {
        if (tasks.Remove((offered, agent), out Activity? before))
        {
            DetachedSpan.End(before, "superseded");
        }

        if (Begin(SpanNames.Task, ActivityKind.Producer, PlaceOf(offered), Attributes(offered, agent)) is { } span)
        {
            tasks.Add((offered, agent), span);
        }
    }

    private void EndTask(RunEvent happened, string outcome, bool failed)
    {
        if (happened.AgentId is { } agent && tasks.Remove((happened.Round, agent), out Activity? span))
        {
            DetachedSpan.End(span, outcome, failed);
        }
    }

    private void Close(RunEvent over)
    {
        DetachedSpan.End(Interlocked.Exchange(ref commit, null), over.Kind.ToString());
        foreach ((int Round, string Agent) late in tasks.Keys.Where(task => task.Round <= over.Round).ToArray())
        {
            DetachedSpan.End(tasks[late], "late");
            tasks.Remove(late);
        }

        relayed.RemoveWhere(task => task.Round < over.Round);
        DetachedSpan.End(round, over.Kind.ToString(), failed: over.Kind == RunEventKind.RoundSkipped);
    }

    /// <summary>A round's place; of one that is over too, as long as no other was opened.</summary>
    private ActivityContext PlaceOf(int of) => round is not null && of == number ? round.Context : submitted;

    /// <summary>
    /// A task's place: ours, or that of a coordinator before this one, which the offer carried and the result brings back. An agent cannot lead
    /// into another trace.
    /// </summary>
    private ActivityContext PlaceOf(ResultReady result)
    {
        if (tasks.GetValueOrDefault((result.Header.Round, result.Header.AgentId)) is { } task)
        {
            return task.Context;
        }

        ActivityContext own = PlaceOf(result.Header.Round);
        ActivityContext brought = TraceContext.Read(result.Header.TraceParent);
        return own != default && brought.TraceId == own.TraceId ? brought : own;
    }

    private static Activity? Begin(string name, ActivityKind kind, ActivityContext parent, KeyValuePair<string, object?>[] attributes) =>
        DetachedSpan.Begin(TelemetrySources.Coordinator, name, kind, parent, attributes);

    private KeyValuePair<string, object?>[] Attributes(ResultReady result) => Attributes(result.Header.Round, result.Header.AgentId);

    private KeyValuePair<string, object?>[] Attributes(int of, string? agent)
    {
        KeyValuePair<string, object?>[] common = [new(SpanAttributes.Run, run.ToString()), new(SpanAttributes.Round, of)];
        return agent is null ? common : [.. common, new(SpanAttributes.Agent, agent)];
    }
}
