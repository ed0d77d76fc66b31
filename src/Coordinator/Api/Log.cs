using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Api;

/// <summary>What the API says. Never tokens, bodies or query strings.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Information, "The API is served at {Url}.")]
    public static partial void Serving(this ILogger log, string url);

    [LoggerMessage(2002, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(this ILogger log, string method, string path, Exception failure);

    [LoggerMessage(2003, LogLevel.Information, "{Operator} at {Client}: {Method} {Path}: {Status}.")]
    public static partial void Commanded(this ILogger log, string @operator, System.Net.IPAddress? client, string method, string path, int status);

    [LoggerMessage(2004, LogLevel.Warning, "What the leader changes of operator tokens is not known here; those of before count: {Reason}")]
    public static partial void TokensNotLookedUp(this ILogger log, string reason);
}
