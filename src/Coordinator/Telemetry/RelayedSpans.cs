using System.Diagnostics;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>Tells for an agent what it did for a task. What it says is only believed as far as it can be true.</summary>
internal static class RelayedSpans
{
    /// <param name="parent">The task, as the coordinator sees it.</param>
    /// <param name="earliest">When the task was offered, if that is known.</param>
    /// <param name="now">When the result came.</param>
    public static void Emit(
        ActivityContext parent, IReadOnlyList<TaskSpan>? spans, KeyValuePair<string, object?>[] attributes,
        DateTimeOffset? earliest, DateTimeOffset now)
    {
        TaskSpan[] possible =
        [
            .. (spans ?? []).Take(WireLimits.MaxTaskSpans)
                .Where(span => span is { AgoMs: >= 0, Milliseconds: >= 0 } && SpanNames.OfAgents.Contains(span.Name)),
        ];
        KeyValuePair<string, object?>[] told = [.. attributes, new(SpanAttributes.Relayed, true)];
        ActivityContext work = parent;
        foreach (TaskSpan span in possible.OrderBy(span => span.Name == SpanNames.Work ? 0 : 1))
        {
            if (span.Name == SpanNames.Work && work != parent)
            {
                continue;
            }

            DateTimeOffset first = earliest ?? DateTimeOffset.UnixEpoch;
            DateTimeOffset start = span.AgoMs >= (now - first).TotalMilliseconds ? first : now.AddMilliseconds(-span.AgoMs);
            DateTimeOffset end = span.Milliseconds >= (now - start).TotalMilliseconds ? now : start.AddMilliseconds(span.Milliseconds);
            ActivityKind kind = span.Name == SpanNames.Work ? ActivityKind.Consumer : ActivityKind.Internal;
            Activity? relayed = DetachedSpan.Begin(TelemetrySources.Coordinator, span.Name, kind, work, told, start);
            DetachedSpan.End(relayed, "done", end: end);
            if (span.Name == SpanNames.Work && relayed is not null)
            {
                work = relayed.Context;
            }
        }
    }
}
