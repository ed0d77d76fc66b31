using EdgeFlora.Contracts.Tasks;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent;

/// <summary>Everything an agent says in its log. Never data, weights or secrets.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Agent {Agent} listens on {Queue}: {Examples} examples to train on, {HeldOut} held out")]
    public static partial void Listening(this ILogger log, string agent, string queue, int examples, int heldOut);

    [LoggerMessage(2, LogLevel.Information, "Welcomed by the coordinator, term {Term}")]
    public static partial void Welcomed(this ILogger log, long term);

    [LoggerMessage(3, LogLevel.Information, "Stopping: {Reason}")]
    public static partial void Stopping(this ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Information, "{Line}")]
    public static partial void Said(this ILogger log, string line);

    [LoggerMessage(5, LogLevel.Warning, "The broker cannot be reached; the agent tries again in {Pause}: {Reason}")]
    public static partial void BrokerSilent(this ILogger log, TimeSpan pause, string reason);

    [LoggerMessage(6, LogLevel.Error, "The agent has ended: {Reason}")]
    public static partial void AgentEnded(this ILogger log, string reason, Exception failure);

    [LoggerMessage(7, LogLevel.Error, "A handler of StateChanged failed")]
    public static partial void HandlerFailed(this ILogger log, Exception failure);

    [LoggerMessage(10, LogLevel.Information, "Took on {Kind} of round {Round}, epoch {Epoch}")]
    public static partial void TaskTaken(this ILogger log, TaskKind kind, int round, int epoch);

    [LoggerMessage(11, LogLevel.Information, "Resuming {Kind} of round {Round} at stage {Stage}")]
    public static partial void TaskResumed(this ILogger log, TaskKind kind, int round, string stage);

    [LoggerMessage(12, LogLevel.Information, "Training of round {Round} goes on from step {Step}")]
    public static partial void CheckpointRestored(this ILogger log, int round, int step);

    [LoggerMessage(13, LogLevel.Warning, "The checkpoint of round {Round} is of no use, training starts anew: {Reason}")]
    public static partial void CheckpointUseless(this ILogger log, int round, string reason);

    [LoggerMessage(26, LogLevel.Information, "Round {Round} fits in {Plan}")]
    public static partial void Fits(this ILogger log, int round, string plan);

    [LoggerMessage(14, LogLevel.Information, "Round {Round} is over for this agent: {End}")]
    public static partial void TaskEnded(this ILogger log, int round, string end);

    [LoggerMessage(15, LogLevel.Warning, "Declined the task of round {Round}: {Reason}, {Detail}")]
    public static partial void TaskDeclined(this ILogger log, int round, DeclineReason reason, string detail);

    [LoggerMessage(16, LogLevel.Error, "The task of round {Round} failed: {Code}")]
    public static partial void TaskFailed(this ILogger log, int round, string code, Exception failure);

    [LoggerMessage(17, LogLevel.Information, "Ignored an offer of round {Round}, epoch {Epoch}: {Reason}")]
    public static partial void OfferIgnored(this ILogger log, int round, int epoch, string reason);

    [LoggerMessage(18, LogLevel.Warning, "Drill in round {Round}: {Fault}")]
    public static partial void Drill(this ILogger log, int round, string fault);

    [LoggerMessage(19, LogLevel.Warning, "The error feedback of run {Run} is of no use and begins anew: {Reason}")]
    public static partial void FeedbackUseless(this ILogger log, Guid run, string reason);

    [LoggerMessage(20, LogLevel.Warning, "This agent's own factors of run {Run} are of no use, it starts from the published ones: {Reason}")]
    public static partial void OwnFactorsUseless(this ILogger log, Guid run, string reason);

    [LoggerMessage(21, LogLevel.Warning, "Round {Round} lost its training process ({Losses} so far) and goes on from the last checkpoint: {Reason}")]
    public static partial void EngineLost(this ILogger log, int round, int losses, string reason);

    [LoggerMessage(22, LogLevel.Warning, "The coordinator does not take the update of round {Round} now, it is offered again in {Pause}: {Reason}")]
    public static partial void BodyNotTaken(this ILogger log, int round, TimeSpan pause, string reason);

    [LoggerMessage(29, LogLevel.Warning, "The coordinator lost the update of round {Round} and does not take it again: {Reason}")]
    public static partial void BodyNotTakenAgain(this ILogger log, int round, string reason);

    [LoggerMessage(23, LogLevel.Error, "Chunks of the body {Sha256} could not be sent; they are asked for again")]
    public static partial void SendingFailed(this ILogger log, string sha256, Exception failure);

    [LoggerMessage(24, LogLevel.Information, "Training of round {Round} pauses: {Reason}")]
    public static partial void Paused(this ILogger log, int round, string reason);

    [LoggerMessage(25, LogLevel.Information, "The trainer of round {Round} goes on from its checkpoint of step {Step}")]
    public static partial void TrainerResumed(this ILogger log, int round, int step);

    [LoggerMessage(27, LogLevel.Error, "The engine {Engine} was told to end and has not within {Limit}; its result is not taken")]
    public static partial void EngineStays(this ILogger log, string engine, TimeSpan limit);

    [LoggerMessage(30, LogLevel.Warning, "The journal entry {File} is damaged and was set aside as {Aside}: {Reason}")]
    public static partial void JournalDamaged(this ILogger log, string file, string aside, string reason);

    [LoggerMessage(31, LogLevel.Warning, "{Closed}")]
    public static partial void StateFolderClosed(this ILogger log, string closed);

    [LoggerMessage(32, LogLevel.Warning, "{Count} special tokens are written in the data's texts and read as ordinary text")]
    public static partial void SpecialTokensAsText(this ILogger log, int count);

    [LoggerMessage(28, LogLevel.Information, "This agent's own adapter does better than the published one of run {Run} and is kept in {Folder}")]
    public static partial void KeepsOwn(this ILogger log, Guid run, string folder);

    [LoggerMessage(33, LogLevel.Information, "Fetching the model {Model} ({Bytes} bytes, of which {Have} are here)")]
    public static partial void ModelFetching(this ILogger log, string model, long bytes, long have);

    [LoggerMessage(34, LogLevel.Information, "The model {Model} (weights {Sha256}) was fetched, checked and put into the cache")]
    public static partial void ModelFetched(this ILogger log, string model, string sha256);

    [LoggerMessage(35, LogLevel.Information, "The model {Sha256} was removed from the cache, to make room for {Bytes} bytes")]
    public static partial void ModelRemoved(this ILogger log, string sha256, long bytes);

    [LoggerMessage(36, LogLevel.Warning, "The model {Sha256} in the cache is damaged, was removed and is fetched again: {Reason}")]
    public static partial void ModelDamaged(this ILogger log, string sha256, string reason);

    [LoggerMessage(40, LogLevel.Warning, "{Hop}: attempt {Attempt} failed, again in {Delay}: {Reason}")]
    public static partial void Retrying(this ILogger log, string hop, int attempt, TimeSpan delay, string reason);

    [LoggerMessage(41, LogLevel.Debug, "A message to {Queue} that may be lost was lost: {Reason}")]
    public static partial void TransientLost(this ILogger log, string queue, string reason);

    [LoggerMessage(42, LogLevel.Debug, "Dropped {Kind} of term {Term}; term {Seen} was seen")]
    public static partial void StaleTerm(this ILogger log, string kind, long term, long seen);

    [LoggerMessage(
        43,
        LogLevel.Warning,
        "A coordinator of term {Term} leads now, though term {Seen} was seen: nobody spoke under that for {Seconds} s. So begins a service that "
            + "was restored from a backup")]
    public static partial void TermLapsed(this ILogger log, long term, long seen, int seconds);

    [LoggerMessage(44, LogLevel.Warning, "In quarantine, and waiting for its end: {Human} {Fix}")]
    public static partial void Quarantined(this ILogger log, string human, string fix);

    [LoggerMessage(46, LogLevel.Information, "The password at the broker was changed")]
    public static partial void PasswordRotated(this ILogger log);

    [LoggerMessage(47, LogLevel.Warning, "The password at the broker could not be changed ({Reason}); the next try is in {Pause}")]
    public static partial void PasswordNotRotated(this ILogger log, string reason, TimeSpan pause);

    [LoggerMessage(
        48,
        LogLevel.Warning,
        "The service wants the password at the broker changed, which this agent can't: its owner set broker.url, broker.password or "
            + "broker.passwordFile. Change it there and at the broker, or leave them out, so that the agent uses what its enrolment left")]
    public static partial void PasswordNotItsOwn(this ILogger log);

    [LoggerMessage(45, LogLevel.Information, "The quarantine is over")]
    public static partial void Readmitted(this ILogger log);
}
