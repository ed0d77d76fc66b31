using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport.Tests.Buses;

public sealed class QuietLoggersTests : IDisposable
{
    private static readonly Action<ILogger, int, Exception?> ConnectionFailed = LoggerMessage.Define<int>(
        LogLevel.Warning, default, "Connection {Attempt} failed");
    private static readonly Action<ILogger, Exception?> Back = LoggerMessage.Define(LogLevel.Information, default, "back");

    private readonly StoppedClock clock = new();
    private readonly Kept kept = new();

    public void Dispose() => kept.Dispose();

    [Fact]
    public void A_failure_that_repeats_has_its_stack_trace_once_and_then_a_line_a_minute()
    {
        ILogger log = new QuietLoggers(kept, clock).CreateLogger("bus");
        for (int i = 0; i < 100; i++)
        {
            ConnectionFailed(log, i, new IOException("refused"));
            clock.Advance(TimeSpan.FromSeconds(2));
        }

        ConnectionFailed(log, 100, new TimeoutException("late"));
        Back(log, null);

        Assert.Equal(
            ["Connection 0 failed!", "Connection 30 failed (refused; 29 such lines left out, the first has the stack trace)",
             "Connection 60 failed (refused; 29 such lines left out, the first has the stack trace)",
             "Connection 90 failed (refused; 29 such lines left out, the first has the stack trace)", "Connection 100 failed!", "back"],
            kept.Lines);
    }

    [Fact]
    public void After_half_an_hour_without_it_a_failure_is_news_again()
    {
        ILogger log = new QuietLoggers(kept, clock).CreateLogger("bus");
        ConnectionFailed(log, 1, new IOException("refused"));

        clock.Advance(TimeSpan.FromMinutes(30));
        ConnectionFailed(log, 2, new IOException("refused"));

        Assert.Equal(["Connection 1 failed!", "Connection 2 failed!"], kept.Lines);
    }

    /// <summary>Lines; those with a stack trace end with a mark.</summary>
    private sealed class Kept : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception) + (exception is null ? "" : "!"));

        public void Dispose()
        {
        }
    }
}
