using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary>What an agent's program adds to its log.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Trains with {Engine}")]
    public static partial void EngineChosen(this ILogger log, string engine);
}
