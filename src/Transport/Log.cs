using Microsoft.Extensions.Logging;

namespace EdgeFlora.Transport;

/// <summary>What the transport says in the log.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "No connection: {Problem}")]
    public static partial void BrokerUntrusted(this ILogger log, string problem);

    [LoggerMessage(2, LogLevel.Warning, "The body {Sha256} is damaged and was set aside in {Folder}: {Damage}")]
    public static partial void BodyDamaged(this ILogger log, string sha256, string folder, string damage);

    [LoggerMessage(3, LogLevel.Warning, "Our certificate '{File}' cannot be used now ({Problem}); the one before is shown.")]
    public static partial void CertificateNotRenewed(this ILogger log, string file, string problem);

    [LoggerMessage(4, LogLevel.Error, "The body {Sha256} is damaged where it is kept: what came of it has SHA-256 {Found}. It counts as lost.")]
    public static partial void ArchivedBodyDamaged(this ILogger log, string sha256, string found);
}
