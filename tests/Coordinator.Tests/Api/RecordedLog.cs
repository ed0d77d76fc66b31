using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Tests.Api;

/// <summary>Keeps what is logged, as lines.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> lines = [];

    public IReadOnlyCollection<string> Lines => lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue($"{formatter(state, exception)}{exception}");

    public void Dispose()
    {
    }
}
