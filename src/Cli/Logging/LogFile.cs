using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Logging;

/// <summary>Loggers that write to one file.</summary>
internal static class LogFile
{
    /// <exception cref="CommandLine.InputException">The file cannot be written.</exception>
    public static ILoggerFactory Open(string path, TimeProvider clock) => new LoggerFactory([new FileLoggerProvider(path, clock)]);
}
