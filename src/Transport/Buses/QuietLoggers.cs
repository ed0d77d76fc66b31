using System.Globalization;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport.Buses;

/// <summary>
/// Lets the bus say the same failure once with its stack trace and then, while it repeats, in one line a minute: MassTransit and the client write
/// kilobytes at every attempt to reconnect.
/// </summary>
internal sealed class QuietLoggers(ILoggerFactory inner, TimeProvider clock) : ILoggerFactory
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>After so long without it a failure is news again.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(30);

    private const int MostRemembered = 256;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Repeated> failures = new(StringComparer.Ordinal);

    public ILogger CreateLogger(string categoryName) => new Quiet(this, categoryName, inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The loggers belong to whoever made them.</summary>
    public void Dispose()
    {
    }

    /// <summary>How a failure is to be written now; the number says how often it was left out since the last time.</summary>
    private (bool Whole, bool Line, int LeftOut) Judge(string key)
    {
        long now = clock.GetTimestamp();
        lock (gate)
        {
            if (!failures.TryGetValue(key, out Repeated? seen) || clock.GetElapsedTime(seen.Seen, now) >= Forgotten)
            {
                if (failures.Count >= MostRemembered)
                {
                    failures.Clear();
                }

                failures[key] = new Repeated { Seen = now, Written = now };
                return (true, true, 0);
            }

            seen.Seen = now;
            if (clock.GetElapsedTime(seen.Written, now) < Pause)
            {
                seen.LeftOut++;
                return (false, false, 0);
            }

            int leftOut = seen.LeftOut;
            (seen.Written, seen.LeftOut) = (now, 0);
            return (false, true, leftOut);
        }
    }

    private sealed class Repeated
    {
        public long Seen { get; set; }

        public long Written { get; set; }

        public int LeftOut { get; set; }
    }

    private sealed class Quiet(QuietLoggers owner, string category, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is null || !IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
                return;
            }

            (bool whole, bool line, int leftOut) = owner.Judge($"{category}|{Template(state)}|{exception.GetBaseException().GetType()}");
            if (whole)
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
            else if (line)
            {
                string again = string.Create(
                    CultureInfo.InvariantCulture, $"{formatter(state, null)} ({exception.GetBaseException().Message}; {leftOut} such lines left out, "
                        + $"the first has the stack trace)");
                inner.Log(logLevel, eventId, again, null, static (text, _) => text);
            }
        }

        private static string Template<TState>(TState state) =>
            state is IReadOnlyList<KeyValuePair<string, object?>> values
                && values.LastOrDefault(value => value.Key == "{OriginalFormat}").Value is string template
                ? template
                : "";
    }
}
