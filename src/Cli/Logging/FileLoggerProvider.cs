using System.Globalization;
using System.Text;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Logging;

/// <summary>Appends log lines to a file: the terminal belongs to what the user asked for.</summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    private readonly Lock gate = new();
    private readonly StreamWriter file;
    private readonly TimeProvider clock;
    private bool closed;

    /// <exception cref="InputException">The file cannot be written; the message names it.</exception>
    public FileLoggerProvider(string path, TimeProvider clock)
    {
        this.clock = clock;
        try
        {
            PrivateFolder.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
            file = new StreamWriter(PrivateFolder.Open(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false)) { AutoFlush = true };
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the log file {path} cannot be written: {reason.Message}", reason);
        }
    }

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            file.Dispose();
        }
    }

    private void Write(string category, LogLevel level, string message, Exception? exception)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {level} {category}: {SafeText.OneLine(message)}");
        lock (gate)
        {
            // Other threads may still have something to say while the process winds up.
            if (!closed)
            {
                file.WriteLine(exception is null ? line : $"{line}{Environment.NewLine}{exception}");
            }
        }
    }

    private sealed class FileLogger(FileLoggerProvider owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner.Write(category, logLevel, formatter(state, exception), exception);
            }
        }
    }
}
