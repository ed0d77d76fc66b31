using System.Diagnostics;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.EdgeAgent.Telemetry;

/// <summary>What the agent does for one task, as spans of the offer's trace.</summary>
/// <remarks>
/// An agent that exports spans itself makes them here. One that does not, for it has the broker's port alone, keeps their lengths and sends
/// them with the result.
/// </remarks>
internal sealed class TaskTrace
{
    private readonly Lock gate = new();
    private readonly TimeProvider clock;
    private readonly KeyValuePair<string, object?>[] attributes;
    private readonly long began;
    private readonly bool carries;
    private readonly Activity? work;
    private readonly List<TaskSpan> kept = [];
    private (string Name, long Began, Activity? Span)? open;

    private TaskTrace(TaskOffer offer, TimeProvider clock)
    {
        this.clock = clock;
        began = clock.GetTimestamp();
        ActivityContext place = TraceContext.Read(offer.Header.TraceParent);
        carries = place.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) && !TelemetrySources.Agent.HasListeners();
        attributes =
        [
            new(SpanAttributes.Run, offer.Header.RunId.ToString()),
            new(SpanAttributes.Round, offer.Header.Round),
            new(SpanAttributes.Agent, offer.Header.AgentId),
        ];

        // Without a place there is no trace to be part of: whoever offers is not traced, or this run is left out.
        work = place == default ? null : DetachedSpan.Begin(TelemetrySources.Agent, SpanNames.Work, ActivityKind.Consumer, place, attributes);
    }

    public static TaskTrace Begin(TaskOffer offer, TimeProvider clock) => new(offer, clock);

    /// <summary>The task comes to another part; called by the training's thread too.</summary>
    public void Enter(TaskPhase phase)
    {
        string name = SpanNames.Of(phase);
        lock (gate)
        {
            if (open?.Name == name)
            {
                return;
            }

            Close("done", failed: false);
            Activity? span = work is null ? null : DetachedSpan.Begin(TelemetrySources.Agent, name, ActivityKind.Internal, work.Context, attributes);
            open = (name, clock.GetTimestamp(), span);
        }
    }

    /// <summary>What goes with the result; null: nothing, for nobody traces the task, or the agent tells of it itself.</summary>
    public IReadOnlyList<TaskSpan>? Carried()
    {
        lock (gate)
        {
            long all = (long)clock.GetElapsedTime(began).TotalMilliseconds;
            var whole = new TaskSpan { Name = SpanNames.Work, AgoMs = all, Milliseconds = all };
            return carries ? [whole, .. kept.Select(span => span with { AgoMs = all - span.AgoMs })] : null;
        }
    }

    /// <param name="outcome">How the task ended.</param>
    public void End(string outcome, bool failed)
    {
        lock (gate)
        {
            Close(outcome, failed);
            DetachedSpan.End(work, outcome, failed);
        }

        AgentMetrics.TaskEnded(outcome);
    }

    /// <summary>Kept spans count from the task's begin; <see cref="Carried"/> turns that round.</summary>
    private void Close(string outcome, bool failed)
    {
        if (open is not { } ended)
        {
            return;
        }

        TimeSpan took = clock.GetElapsedTime(ended.Began);
        DetachedSpan.End(ended.Span, outcome, failed);
        AgentMetrics.PhaseEnded(ended.Name, took);
        open = null;
        if (carries && SpanNames.OfAgents.Contains(ended.Name) && kept.Count < WireLimits.MaxTaskSpans - 1)
        {
            kept.Add(new TaskSpan
            {
                Name = ended.Name,
                AgoMs = (long)clock.GetElapsedTime(began, ended.Began).TotalMilliseconds,
                Milliseconds = (long)took.TotalMilliseconds,
            });
        }
    }
}
