using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Runs for operators.</summary>
/// <param name="standsBy">Why this replica does not lead; null: it does, or is about to.</param>
internal sealed class RunService(
    Task<Serving> serving, CoordinatorHostOptions options, TimeProvider time, Func<Guid> newId, Func<string?> standsBy) : IRunService
{
    private readonly RunSubmissions submissions = new(serving, options, time, newId);
    private readonly RunStateCommands states = new(serving, time);
    private readonly RunChangeCommands changes = new(serving, time);
    private readonly RunArtifacts artifacts = new(serving);
    private readonly RunEventFeed feed = new(time);

    public Task<RunDetail> SubmitAsync(CommandContext context, RunSubmission submission, CancellationToken stop) =>
        submissions.SubmitAsync(context, submission, stop);

    public Task<RunDetail> ForkAsync(CommandContext context, Guid run, int? fromRound, RunSubmission submission, CancellationToken stop) =>
        submissions.ForkAsync(context, run, fromRound, submission, stop);

    public Task<RunDetail> PauseAsync(CommandContext context, Guid run, string? reason, CancellationToken stop) =>
        states.PauseAsync(context, run, reason, stop);

    public Task<RunDetail> ResumeAsync(CommandContext context, Guid run, int? spentRounds, CancellationToken stop) =>
        states.ResumeAsync(context, run, spentRounds, stop);

    public Task<RunDetail> CancelAsync(CommandContext context, Guid run, string? reason, CancellationToken stop) =>
        states.CancelAsync(context, run, reason, stop);

    public Task DeleteAsync(CommandContext context, Guid run, CancellationToken stop) => states.DeleteAsync(context, run, stop);

    public Task<RunDetail> ChangeAsync(CommandContext context, Guid run, RunChange change, CancellationToken stop) =>
        changes.ChangeAsync(context, run, change, stop);

    public Task<RunDetail> RollOutAsync(CommandContext context, Guid run, RolloutRequest request, CancellationToken stop) =>
        changes.RollOutAsync(context, run, request, stop);

    public Task<RunDetail> EndRolloutAsync(CommandContext context, Guid run, RolloutEnd end, CancellationToken stop) =>
        changes.EndRolloutAsync(context, run, end, stop);

    public Task<AdapterExport> ExportAsync(Guid run, int? round, CancellationToken stop) => artifacts.ExportAsync(run, round, stop);

    public Task<RoundVerification> VerifyAsync(Guid run, int? round, CancellationToken stop) => artifacts.VerifyAsync(run, round, stop);

    public Task<SigningKey> SigningKeyAsync(CancellationToken stop) => artifacts.SigningKeyAsync(stop);

    public Task<JsonObject> LedgerAsync(Guid run, CancellationToken stop) => artifacts.LedgerAsync(run, stop);

    public async Task<Page<RunSummary>> ListAsync(RunFilter filter, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry[] page =
        [
            .. parts.Catalogue.All()
                .OrderByDescending(entry => entry.SubmittedAt).ThenByDescending(entry => entry.Id)
                .SkipWhile(entry => filter.Cursor is not null && entry.Id.ToString() != filter.Cursor).Skip(filter.Cursor is null ? 0 : 1)
                .Where(entry => filter.States.Count == 0 || filter.States.Contains(entry.State))
                .Where(entry => filter.Name is null || entry.Name == filter.Name)
                .Where(entry => filter.IdPrefix is null || entry.Id.ToString().StartsWith(filter.IdPrefix, StringComparison.Ordinal))
                .Take(filter.Limit + 1),
        ];
        string? next = page.Length > filter.Limit ? page[filter.Limit - 1].Id.ToString() : null;
        return new Page<RunSummary>([.. page.Take(filter.Limit).Select(entry => RunViews.Summary(entry, parts, time.GetUtcNow()))], next);
    }

    public async Task<RunDetail> FindAsync(Guid run, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        return RunViews.Detail(parts.Require(run), parts, time.GetUtcNow());
    }

    public async IAsyncEnumerable<EventEnvelope> EventsAsync(EventFilter filter, [EnumeratorCancellation] CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (filter.RunId is { } wanted)
        {
            parts.Require(wanted);
        }

        await foreach (EventEnvelope envelope in feed.ReadAsync(parts, filter, stop))
        {
            yield return envelope;
        }
    }

    public async Task<ServiceStatus> StatusAsync(CancellationToken stop) => serving.IsCompletedSuccessfully
        ? StatusView.Of(await serving)
        : StatusView.NotReady(
            serving.IsFaulted ? serving.Exception!.InnerException!.Message
                : standsBy() is { } sentence ? $"This replica stands by: {sentence}."
                : "The service is starting.",
            time.GetUtcNow());
}
