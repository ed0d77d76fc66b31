using Microsoft.Extensions.Logging;

namespace EdgeFlora.Integration.Tests;

/// <summary>Keeps what was written with a stack trace: who said it about which failure.</summary>
internal sealed class CountingLog : ILoggerFactory
{
    private readonly Lock gate = new();
    private readonly List<string> traces = [];

    public IReadOnlyList<string> Traces
    {
        get
        {
            lock (gate)
            {
                return [.. traces];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class Logger(CountingLog owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null)
            {
                string template = state is IReadOnlyList<KeyValuePair<string, object?>> values
                    ? values.LastOrDefault(value => value.Key == "{OriginalFormat}").Value as string ?? ""
                    : "";
                lock (owner.gate)
                {
                    owner.traces.Add($"{category}|{template}|{exception.GetBaseException().GetType()}");
                }
            }
        }
    }
}
