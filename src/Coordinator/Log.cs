using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator;

/// <summary>Everything the coordinator logs. Never data, weights or secrets.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Run {RunId} ({Name}) begins; term {Term}, state in {StateFolder}.")]
    public static partial void RunBegins(this ILogger log, Guid runId, string name, long term, string stateFolder);

    [LoggerMessage(2, LogLevel.Warning, "Run {RunId} is taken over; term {Term}, round {Round} is {State}.")]
    public static partial void RunTakenOver(this ILogger log, Guid runId, long term, int round, string state);

    [LoggerMessage(3, LogLevel.Information, "Run {RunId} has ended: {Outcome}.")]
    public static partial void RunEnded(this ILogger log, Guid runId, string outcome);

    [LoggerMessage(4, LogLevel.Critical, "The run stops here: {Reason}")]
    public static partial void RunBroke(this ILogger log, string reason, Exception failure);

    [LoggerMessage(10, LogLevel.Information, "{Kind} round {Round} agent {AgentId} {Code} {Detail}")]
    public static partial void Happened(this ILogger log, string kind, int round, string? agentId, string? code, string? detail);

    [LoggerMessage(20, LogLevel.Warning, "{Message} could not be delivered: {Reason}")]
    public static partial void QueueAbsent(this ILogger log, string message, string reason);

    [LoggerMessage(21, LogLevel.Warning, "{Message} could not be sent.")]
    public static partial void SendFailed(this ILogger log, string message, Exception failure);

    [LoggerMessage(22, LogLevel.Warning, "A transfer of a body with agent {AgentId} was broken off.")]
    public static partial void TransferFailed(this ILogger log, string agentId, Exception failure);

    [LoggerMessage(23, LogLevel.Warning, "A {Message} lacks what its contract requires; it was dropped.")]
    public static partial void MessageDropped(this ILogger log, string message);

    [LoggerMessage(24, LogLevel.Warning, "{Closed}")]
    public static partial void StateFolderClosed(this ILogger log, string closed);

    [LoggerMessage(30, LogLevel.Error, "Round {Round} could not be aggregated.")]
    public static partial void AggregationFailed(this ILogger log, int round, Exception failure);

    [LoggerMessage(31, LogLevel.Error, "The update of agent {AgentId} could not be read.")]
    public static partial void InspectionFailed(this ILogger log, string agentId, Exception failure);
}
