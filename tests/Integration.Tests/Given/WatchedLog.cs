using Microsoft.Extensions.Logging;

namespace EdgeFlora.Integration.Tests;

/// <summary>A log that says when a sentence was written to it.</summary>
internal sealed class WatchedLog(string sentence) : ILoggerFactory, ILogger
{
    private readonly TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Seen => seen.Task;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (formatter(state, exception).Contains(sentence, StringComparison.Ordinal))
        {
            seen.TrySetResult();
        }
    }

    public void Dispose()
    {
    }
}
