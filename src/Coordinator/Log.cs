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

    [LoggerMessage(5, LogLevel.Information, "The service leads the fleet on {StateFolder}, term {Term}: {Runs} runs, {Agents} agents.")]
    public static partial void ServiceBegins(this ILogger log, string stateFolder, long term, int runs, int agents);

    [LoggerMessage(6, LogLevel.Warning, "Agent {AgentId} is refused ({Code}): {Reason}")]
    public static partial void AgentRefused(this ILogger log, string agentId, string code, string reason);

    [LoggerMessage(7, LogLevel.Warning, "A {Message} names agent {AgentId} and is from the broker's user {User}; it was dropped, {Count} so far.")]
    public static partial void SenderForged(this ILogger log, string message, string agentId, string user, long count);

    [LoggerMessage(8, LogLevel.Error, "Run {RunId} ({Name}) could not be led and is tried again: {Reason}")]
    public static partial void RunFell(this ILogger log, Guid runId, string name, string reason, Exception failure);

    [LoggerMessage(18, LogLevel.Warning, "Run {RunId} ({Name}) waits for its bodies and is taken up again: {Reason}")]
    public static partial void RunAwaitsBodies(this ILogger log, Guid runId, string name, string reason);

    [LoggerMessage(9, LogLevel.Warning, "The queues of run {RunId} could not be removed: {Reason}")]
    public static partial void QueuesNotRemoved(this ILogger log, Guid runId, string reason);

    [LoggerMessage(10, LogLevel.Information, "{Kind} round {Round} agent {AgentId} {Code} {Detail}")]
    public static partial void Happened(this ILogger log, string kind, int round, string? agentId, string? code, string? detail);

    [LoggerMessage(11, LogLevel.Information, "Agent {AgentId} is enrolled, with token {Token} that {By} made")]
    public static partial void AgentEnrolled(this ILogger log, string agentId, string token, string by);

    [LoggerMessage(12, LogLevel.Warning, "The broker had lost the users or rights of {Count} agents ({Agents}); they are made again")]
    public static partial void UsersRestored(this ILogger log, int count, string agents);

    [LoggerMessage(13, LogLevel.Warning, "The broker has lost the users of {Count} agents, and they are not made again: {Reason}")]
    public static partial void UsersLost(this ILogger log, int count, string reason);

    [LoggerMessage(14, LogLevel.Warning, "Agents' users at the broker can't be looked at ({Reason}); it is tried again each minute")]
    public static partial void UsersNotLookedAt(this ILogger log, string reason);

    [LoggerMessage(15, LogLevel.Warning, "The broker had a user for agent {AgentId} again, which is revoked; it is ended")]
    public static partial void RevokedUserEnded(this ILogger log, string agentId);

    [LoggerMessage(16, LogLevel.Information, "Agent {AgentId} has another password at the broker, at its own wish")]
    public static partial void PasswordChanged(this ILogger log, string agentId);

    [LoggerMessage(17, LogLevel.Warning, "The password of agent {AgentId} could not be changed at the broker: {Reason}")]
    public static partial void PasswordNotChanged(this ILogger log, string agentId, string reason);

    [LoggerMessage(20, LogLevel.Warning, "{Message} could not be delivered: {Reason}")]
    public static partial void QueueAbsent(this ILogger log, string message, string reason);

    [LoggerMessage(21, LogLevel.Warning, "{Message} could not be sent.")]
    public static partial void SendFailed(this ILogger log, string message, Exception failure);

    [LoggerMessage(22, LogLevel.Warning, "A transfer of a body with agent {AgentId} was broken off.")]
    public static partial void TransferFailed(this ILogger log, string agentId, Exception failure);

    [LoggerMessage(23, LogLevel.Warning, "A {Message} lacks what its contract requires; it was dropped.")]
    public static partial void MessageDropped(this ILogger log, string message);

    [LoggerMessage(27, LogLevel.Warning, "Too many messages wait for '{Receiver}'; the oldest, a {Message}, is dropped.")]
    public static partial void LaneFull(this ILogger log, string message, string receiver);

    [LoggerMessage(28, LogLevel.Warning, "{Count} messages could not be sent before the run's end; they stay in the state folder.")]
    public static partial void LeftUnsent(this ILogger log, int count);

    [LoggerMessage(
        29,
        LogLevel.Warning,
        "{Database} has taken no writing for {Seconds} s: it is away, or another process (a backup, an open database tool) holds its lock. Nothing "
        + "is stored or acknowledged until it takes it.")]
    public static partial void StoreLocked(this ILogger log, string database, int seconds);

    [LoggerMessage(24, LogLevel.Warning, "{Closed}")]
    public static partial void StateFolderClosed(this ILogger log, string closed);

    [LoggerMessage(37, LogLevel.Warning, "The report of run {Run} could not be written: {Reason}")]
    public static partial void ReportNotWritten(this ILogger log, Guid run, string reason);

    [LoggerMessage(30, LogLevel.Error, "Round {Round} could not be aggregated.")]
    public static partial void AggregationFailed(this ILogger log, int round, Exception failure);

    [LoggerMessage(31, LogLevel.Error, "The update of agent {AgentId} could not be read.")]
    public static partial void InspectionFailed(this ILogger log, string agentId, Exception failure);

    [LoggerMessage(33, LogLevel.Warning, "Bodies that nobody needs any more could not be removed: {Reason}")]
    public static partial void BodiesNotRemoved(this ILogger log, string reason);

    [LoggerMessage(38, LogLevel.Warning, "The base model {Model} is not handed out to agents that lack it: {Reason}")]
    public static partial void ModelNotHandedOut(this ILogger log, string model, string reason);

    [LoggerMessage(39, LogLevel.Information, "Rollout {Number} of run '{Name}' is {State}: {Reason}")]
    public static partial void RolloutEnded(this ILogger log, string name, int number, Contracts.Api.RolloutState state, string reason);

    [LoggerMessage(34, LogLevel.Information, "The connection of agent {AgentId} is gone: nobody waits for it until it is heard.")]
    public static partial void ConnectionGone(this ILogger log, string agentId);

    [LoggerMessage(35, LogLevel.Warning, "The broker can't be asked whose connections are gone ({Reason}); until it can, agents' silence tells.")]
    public static partial void ConnectionsNotWatched(this ILogger log, string reason);

    [LoggerMessage(
        36,
        LogLevel.Warning,
        "The state folder was restored from a backup of {CopiedAt}, or copied: {Runs} private runs are held until an operator says how much they "
            + "have spent since.")]
    public static partial void ServiceRestored(this ILogger log, string copiedAt, int runs);

    [LoggerMessage(40, LogLevel.Information, "This replica stands by: {Sentence}.")]
    public static partial void StandsBy(this ILogger log, string sentence);

    [LoggerMessage(42, LogLevel.Information, "Requests of operators are handed on to {Url}.")]
    public static partial void HandsOn(this ILogger log, Uri url);

    [LoggerMessage(43, LogLevel.Warning, "Other replicas cannot be told where this one is reached ({Reason}); trying again.")]
    public static partial void AddressNotTold(this ILogger log, string reason);

    [LoggerMessage(41, LogLevel.Warning, "This replica leads no more: {Reason}")]
    public static partial void StoodDown(this ILogger log, string reason);

    [LoggerMessage(44, LogLevel.Information, "Queue {Queue} still has the consumer of another service; asking for it for up to {Seconds:0} s.")]
    public static partial void FleetQueueInUse(this ILogger log, string queue, double seconds);
}
