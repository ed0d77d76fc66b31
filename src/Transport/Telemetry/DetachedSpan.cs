using System.Diagnostics;

namespace EdgeFlora.Transport.Telemetry;

/// <summary>Spans that live longer than the call that begins them: they are never the current one, and what is current stays so.</summary>
public static class DetachedSpan
{
    /// <param name="parent">Its place; the default: it begins a trace.</param>
    /// <param name="start">When it began; the default: now.</param>
    /// <returns>Null if nobody listens.</returns>
    public static Activity? Begin(
        ActivitySource source, string name, ActivityKind kind, ActivityContext parent, IEnumerable<KeyValuePair<string, object?>> attributes,
        DateTimeOffset start = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.HasListeners())
        {
            return null;
        }

        Activity? current = Activity.Current;
        Activity.Current = null;
        Activity? span = source.StartActivity(kind, parent, attributes, links: null, start, name);
        Activity.Current = current;
        return span;
    }

    /// <param name="failed">Whether the outcome is an error.</param>
    /// <param name="end">When it ended; null: now.</param>
    public static void End(Activity? span, string outcome, bool failed = false, DateTimeOffset? end = null)
    {
        if (span is null || span.IsStopped)
        {
            return;
        }

        span.SetTag(SpanAttributes.Outcome, outcome);
        span.SetStatus(failed ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
        if (end is { } moment)
        {
            span.SetEndTime(moment.UtcDateTime);
        }

        Activity? current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }
}
