using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;

namespace EdgeFlora.Cli.Logging;

/// <summary>Loggers that write compact JSON, an event a line, to files that roll: the terminal belongs to what the user asked for.</summary>
/// <remarks>
/// A new file each day and every <see cref="MaxFileBytes"/>; the newest <see cref="MaxFiles"/> are kept, so that an agent never fills its card.
/// </remarks>
internal static class LogFile
{
    public const int MaxFiles = 8;

    public const long MaxFileBytes = 5 << 20;

    /// <param name="path">As <c>agent.log</c>; the files are <c>agent-20260131.log</c>, <c>agent-20260131_001.log</c> and so on.</param>
    /// <exception cref="InputException">Its folder cannot be written to; the message names the file.</exception>
    /// <param name="also">Where else events go.</param>
    public static ILoggerFactory Open(string path, Action<ILoggingBuilder>? also = null) => Open(path, MaxFileBytes, also);

    internal static ILoggerFactory Open(string path, long maxFileBytes, Action<ILoggingBuilder>? also = null)
    {
        Try(path);
        Logger logger = new LoggerConfiguration()
            .MinimumLevel.Is(LogEventLevel.Information)
            .Enrich.FromLogContext()
            .WriteTo.File(
                new RenderedCompactJsonFormatter(),
                Rolling(path, ""),
                fileSizeLimitBytes: maxFileBytes,
                rollingInterval: RollingInterval.Day,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: MaxFiles,
                hooks: new OwnersOnly())
            .CreateLogger();
        if (also is null)
        {
            return new SerilogLoggerFactory(logger, dispose: true);
        }

        return LoggerFactory.Create(logging =>
        {
            logging.AddProvider(new SerilogLoggerProvider(logger, dispose: true));
            also(logging);
        });
    }

    /// <summary>The name of all the files, for people: <c>agent-*.log</c>.</summary>
    public static string Pattern(string path) => Rolling(path, "*");

    /// <summary>The library puts the day where the name's stem ends.</summary>
    private static string Rolling(string path, string day) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", $"{Path.GetFileNameWithoutExtension(path)}-{day}{Path.GetExtension(path)}");

    /// <summary>The library opens its file at the first event and keeps to itself that it could not.</summary>
    private static void Try(string path)
    {
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            PrivateFolder.Create(folder);
            using var probe = new FileStream(
                Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}"),
                FileMode.Create,
                FileAccess.Write,
                FileShare.None,
                bufferSize: 1,
                FileOptions.DeleteOnClose);
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the log file {path} cannot be written: {reason.Message}", reason);
        }
    }
}
