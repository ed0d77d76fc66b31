using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>What is logged of S3. Never content or secrets.</summary>
internal static partial class Log
{
    [LoggerMessage(50, LogLevel.Warning, "{Problem}. What was to be done waits: {Patience}.")]
    public static partial void ObjectStoreFails(this ILogger log, string problem, string patience);

    [LoggerMessage(51, LogLevel.Information, "{Store} answers again, after {Seconds} s.")]
    public static partial void ObjectStoreAnswers(this ILogger log, string store, int seconds);

    [LoggerMessage(52, LogLevel.Information, "Of what nobody needs, {Objects} objects and {Uploads} unfinished uploads were removed from {Store}.")]
    public static partial void ObjectsSwept(this ILogger log, string store, int objects, int uploads);

    [LoggerMessage(53, LogLevel.Warning, "Objects that nobody needs are left for the next sweep, within {Minutes} min: {Reason}")]
    public static partial void ObjectsLeft(this ILogger log, int minutes, string reason);
}
