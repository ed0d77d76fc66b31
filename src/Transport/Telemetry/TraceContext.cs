using System.Diagnostics;

namespace EdgeFlora.Transport.Telemetry;

/// <summary>The place in a trace as text: a <c>traceparent</c> of W3C Trace Context, version 00.</summary>
public static class TraceContext
{
    private const int Length = 55;

    /// <returns>Null without a span.</returns>
    public static string? Write(Activity? span) => span is { IdFormat: ActivityIdFormat.W3C }
        ? $"00-{span.TraceId}-{span.SpanId}-{(span.Recorded ? "01" : "00")}"
        : null;

    /// <summary>Reads a place that somebody sent. Whoever it was, nothing breaks: what is not of the form is no place.</summary>
    /// <returns>The default, which is no place, for anything else than a <c>traceparent</c>.</returns>
    public static ActivityContext Read(string? traceParent) =>
        traceParent is { Length: Length } && traceParent.StartsWith("00-", StringComparison.Ordinal)
            && traceParent[35] == '-' && traceParent[52] == '-'
            && ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out ActivityContext place)
            && place.TraceId != default && place.SpanId != default
                ? place
                : default;
}
