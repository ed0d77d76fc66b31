using System.Globalization;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>Times and names as sentences about waiting write them.</summary>
internal static class WaitText
{
    private const int MostNamed = 5;

    /// <summary>Times beyond are for ever.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <summary>A span in its largest unit, rounded up: <c>40 s</c>, <c>4 min</c>, <c>2 h</c>, <c>3 d</c>.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: <= 1 } => "1 s",
        { TotalSeconds: <= 90 } => Number(span.TotalSeconds, "s"),
        { TotalMinutes: <= 90 } => Number(span.TotalMinutes, "min"),
        { TotalHours: <= 48 } => Number(span.TotalHours, "h"),
        _ => Number(span.TotalDays, "d"),
    };

    /// <summary>When it ends, by the run clock in milliseconds; null: never, as far as anybody will see.</summary>
    public static DateTimeOffset? Moment(long at, long now, DateTimeOffset wall) =>
        at - now is var left && left < Longest.TotalMilliseconds ? wall + TimeSpan.FromMilliseconds(Math.Max(0, left)) : null;

    /// <summary>The first few of many, and how many more there are.</summary>
    public static string Names(IReadOnlyList<string> names) => names.Count <= MostNamed
        ? string.Join(", ", names)
        : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", names.Take(MostNamed))} and {names.Count - MostNamed} more");

    /// <summary>With its plural: <c>1 agent</c>, <c>3 agents</c>.</summary>
    public static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Number(double value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(value):0} {unit}");
}
