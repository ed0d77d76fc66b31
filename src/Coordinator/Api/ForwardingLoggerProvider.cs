using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Api;

/// <summary>
/// Hands what the web server says to the service's own log, so that it can be filtered before: a line for each request would drown everything else.
/// </summary>
internal sealed class ForwardingLoggerProvider(ILoggerFactory loggers) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

    /// <summary>The service's log is closed by whoever opened it.</summary>
    public void Dispose()
    {
    }
}
