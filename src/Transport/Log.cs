using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport;

/// <summary>What the transport says in the log.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "No connection: {Problem}")]
    public static partial void BrokerUntrusted(this ILogger log, string problem);

    [LoggerMessage(2, LogLevel.Warning, "The body {Sha256} is damaged and was set aside in {Folder}: {Damage}")]
    public static partial void BodyDamaged(this ILogger log, string sha256, string folder, string damage);
}
