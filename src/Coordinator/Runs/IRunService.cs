using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>Runs as the API sees them. Every method may be called by many at once.</summary>
/// <remarks>
/// Refusals are <see cref="ServiceRefusedException"/>: <see cref="ProblemCode.NotFound"/> for an id that is no run,
/// <see cref="ProblemCode.Conflict"/> for what does
/// not go with the run's state, <see cref="ProblemCode.InvalidChange"/> (with the way out) for what may not change under way,
/// <see cref="ProblemCode.KeyReused"/> for an idempotency key of another request, <see cref="ProblemCode.Unavailable"/> when store or broker are
/// out of reach.
/// Commands are done when they return: what they changed survives a kill of the process.
/// </remarks>
public interface IRunService
{
    /// <summary>
    /// Puts a run into the queue. The spec has been validated; what only the service knows (its models, the adapter to start from) is checked here.
    /// </summary>
    Task<RunDetail> SubmitAsync(CommandContext context, RunSubmission submission, CancellationToken stop);

    /// <summary>Runs, newest first.</summary>
    Task<Page<RunSummary>> ListAsync(RunFilter filter, CancellationToken stop);

    Task<RunDetail> FindAsync(Guid run, CancellationToken stop);

    /// <summary>
    /// Holds the run: work under way is finished and counts, nothing new is offered. A paused run stays paused over restarts. A repeat changes
    /// nothing.
    /// </summary>
    Task<RunDetail> PauseAsync(CommandContext context, Guid run, string? reason, CancellationToken stop);

    /// <summary>Lets a paused run go on. A repeat changes nothing.</summary>
    /// <param name="spentRounds">
    /// Rounds of a private run that ended after the backup which the service was restored from was made; null: none is known of. A private run that
    /// is held for that is refused without (<see cref="ProblemCode.Conflict"/>), any other with it.
    /// </param>
    Task<RunDetail> ResumeAsync(CommandContext context, Guid run, int? spentRounds, CancellationToken stop);

    /// <summary>Ends the run; agents are told to stop, committed models remain. A repeat changes nothing.</summary>
    Task<RunDetail> CancelAsync(CommandContext context, Guid run, string? reason, CancellationToken stop);

    /// <summary>Changes what may change under way, all of it or nothing.</summary>
    Task<RunDetail> ChangeAsync(CommandContext context, Guid run, RunChange change, CancellationToken stop);

    /// <summary>Lets some of a run's agents train with other settings, and measures what comes of it; the service ends it by itself.</summary>
    Task<RunDetail> RollOutAsync(CommandContext context, Guid run, RolloutRequest request, CancellationToken stop);

    /// <summary>Ends the rollout of a run that is under way.</summary>
    Task<RunDetail> EndRolloutAsync(CommandContext context, Guid run, RolloutEnd end, CancellationToken stop);

    /// <summary>Submits a new run that begins from a committed model of <paramref name="run"/>.</summary>
    /// <param name="fromRound">From 1; null: the newest committed round.</param>
    /// <param name="submission">The new run's spec; it may differ from the old one in all but the shape of the adapter and the base model.</param>
    Task<RunDetail> ForkAsync(CommandContext context, Guid run, int? fromRound, RunSubmission submission, CancellationToken stop);

    /// <summary>Forgets a run that is over, with its models; <see cref="ProblemCode.Conflict"/> for one that is not.</summary>
    Task DeleteAsync(CommandContext context, Guid run, CancellationToken stop);

    /// <summary>
    /// Events in order, those kept first and then, if asked for, new ones as they happen, until <paramref name="stop"/> or the filter's run is
    /// over.
    /// </summary>
    IAsyncEnumerable<EventEnvelope> EventsAsync(EventFilter filter, CancellationToken stop);

    /// <summary>
    /// The PEFT folder of a round's global model (and <c>base_delta.safetensors</c>, where something was folded into the base) as a zip.
    /// </summary>
    /// <param name="round">From 1; null: the newest committed one.</param>
    Task<AdapterExport> ExportAsync(Guid run, int? round, CancellationToken stop);

    /// <summary>The ledger, as it stands: what <c>ledger.json</c> holds.</summary>
    Task<JsonObject> LedgerAsync(Guid run, CancellationToken stop);

    /// <summary>Merges a round again from the results that are kept of it, and compares what comes of it with the ledger. Changes nothing.</summary>
    /// <param name="round">From 1; null: the newest whose results are kept.</param>
    Task<RoundVerification> VerifyAsync(Guid run, int? round, CancellationToken stop);

    /// <summary>The public key that adapters are signed with.</summary>
    Task<SigningKey> SigningKeyAsync(CancellationToken stop);

    /// <summary>How the service stands; never refused, quick, no I/O beyond the store.</summary>
    Task<ServiceStatus> StatusAsync(CancellationToken stop);
}
