using System.Collections.Concurrent;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>
/// Runs in memory, with the promises of the real service: idempotency keys, states, events that can be resumed. Nothing is trained.
/// </summary>
internal sealed class FakeRunService : IRunService
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, RunDetail> runs = [];
    private readonly FakeEvents events = new();
    private readonly FakeAnswers answers = new();

    /// <summary>Thrown by whatever is asked next.</summary>
    public Exception? Failure { get; set; }

    public bool Ready { get; set; } = true;

    /// <inheritdoc cref="FakeEvents.Farewell"/>
    public TaskCompletionSource? Farewell
    {
        get => events.Farewell;
        set => events.Farewell = value;
    }

    /// <inheritdoc cref="FakeEvents.Leaving"/>
    public TaskCompletionSource Leaving => events.Leaving;

    /// <summary>Names of operators, in the order of their commands.</summary>
    public ConcurrentQueue<string> Operators { get; } = [];

    public Task<RunDetail> SubmitAsync(CommandContext context, RunSubmission submission, CancellationToken stop) => Task.FromResult(Once(context, () =>
        Add(submission, null)));

    public Task<Page<RunSummary>> ListAsync(RunFilter filter, CancellationToken stop)
    {
        Fail();
        lock (gate)
        {
            RunSummary[] found = [.. runs.Values.Select(run => run.Summary)
                .Where(run => (filter.States.Count == 0 || filter.States.Contains(run.State))
                    && (filter.Name is null || filter.Name == run.Name) && run.Id.ToString().StartsWith(
                        filter.IdPrefix ?? "", StringComparison.Ordinal))
                .OrderByDescending(run => run.SubmittedAt).ThenByDescending(run => run.Id)];
            int start = int.Parse(filter.Cursor ?? "0", System.Globalization.CultureInfo.InvariantCulture);
            int next = start + filter.Limit;
            return Task.FromResult(
                new Page<RunSummary>([.. found.Skip(start).Take(filter.Limit)], next < found.Length ? FormattableString.Invariant($"{next}") : null));
        }
    }

    public Task<RunDetail> FindAsync(Guid run, CancellationToken stop) => Task.FromResult(Find(run));

    public Task<RunDetail> PauseAsync(CommandContext context, Guid run, string? reason, CancellationToken stop) => Move(
        context, run, RunState.Paused, reason, RunState.Queued, RunState.Running, RunState.Paused);

    public Task<RunDetail> ResumeAsync(CommandContext context, Guid run, CancellationToken stop) => Move(
        context, run, RunState.Queued, null, RunState.Paused, RunState.Queued, RunState.Running);

    public Task<RunDetail> CancelAsync(CommandContext context, Guid run, string? reason, CancellationToken stop) =>
        Move(context, run, RunState.Cancelled, reason, RunState.Queued, RunState.Running, RunState.Paused, RunState.Cancelled);

    public Task<RunDetail> ChangeAsync(CommandContext context, Guid run, RunChange change, CancellationToken stop) => Task.FromResult(Once(context, () =>
    {
        RunDetail detail = Find(run);
        RunSpecReading changed = RunSpecChanges.Apply(detail.Spec, change);
        if (changed.Spec is not { } spec)
        {
            throw new ServiceRefusedException(ProblemCode.InvalidChange, "the change has mistakes", null, changed.Mistakes);
        }

        return Put(detail with
        {
            Spec = changed.Document!,
            Summary = detail.Summary with { Rounds = spec.Rounds.Count, Priority = spec.Priority, Note = spec.Note },
        });
    }));

    public Task<RunDetail> ForkAsync(CommandContext context, Guid run, int? fromRound, RunSubmission submission, CancellationToken stop) => Task.FromResult(Once(context, () =>
    {
        Find(run);
        return Add(submission, new RunOrigin(run, fromRound ?? 1));
    }));

    public Task DeleteAsync(CommandContext context, Guid run, CancellationToken stop) => Task.FromResult(Once(context, () =>
    {
        RunDetail detail = Find(run);
        if (detail.Summary.State is RunState.Queued or RunState.Running or RunState.Paused)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict, $"the run is {detail.Summary.State}", $"end it first: edgeflora runs cancel {run}");
        }

        lock (gate)
        {
            return runs.Remove(run);
        }
    }));

    public async IAsyncEnumerable<EventEnvelope> EventsAsync(EventFilter filter, [EnumeratorCancellation] CancellationToken stop)
    {
        if (filter.RunId is { } id)
        {
            Find(id);
        }

        await foreach (EventEnvelope envelope in events.ReadAsync(filter, stop))
        {
            yield return envelope;
        }
    }

    public Task<AdapterExport> ExportAsync(Guid run, int? round, CancellationToken stop)
    {
        Find(run);
        return round is > 1
            ? throw new ServiceRefusedException(ProblemCode.NotFound, FormattableString.Invariant($"round {round} of the run has no model"))
            : Task.FromResult(new AdapterExport(1, new string('a', 64), (stream, _) => WriteZipAsync(stream)));
    }

    public Task<JsonObject> LedgerAsync(Guid run, CancellationToken stop) =>
        Task.FromResult(new JsonObject { ["run"] = Find(run).Summary.Id.ToString() });

    public Task<ServiceStatus> StatusAsync(CancellationToken stop)
    {
        lock (gate)
        {
            return Task.FromResult(new ServiceStatus
            {
                Ready = Ready,
                Runs = runs.Values.GroupBy(run => run.Summary.State).ToDictionary(group => group.Key, group => group.Count()),
                Agents = 3,
                AgentsOnline = 2,
                AgentsBusy = 1,
                Term = 4,
                StartedAt = DateTimeOffset.UnixEpoch,
            });
        }
    }

    /// <summary>Lets something happen in a run, and its state follow.</summary>
    public void Happen(Guid run, RunEventKind kind, bool keep = true, string? detail = null) => events.Add(run, kind, keep, detail);

    public void Become(Guid run, RunState state, string? reason = null)
    {
        RunDetail detail = Find(run);
        Put(detail with { Summary = detail.Summary with { State = state, Reason = reason } });
    }

    private static async Task WriteZipAsync(Stream stream)
    {
        using var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var config = new StreamWriter(zip.CreateEntry("adapter/adapter_config.json").Open());
            config.Write("{}");
        }

        content.Position = 0;
        await content.CopyToAsync(stream);
    }

    private Task<RunDetail> Move(CommandContext context, Guid run, RunState to, string? reason, params RunState[] from) => Task.FromResult(Once(context, () =>
    {
        RunDetail detail = Find(run);
        return from.Contains(detail.Summary.State)
            ? Put(detail with
            {
                Summary = detail.Summary with { State = to, Reason = reason },
                History = [.. detail.History, new StateChange(
                DateTimeOffset.UnixEpoch, to, reason, context.By)]
            })
            : throw new ServiceRefusedException(ProblemCode.Conflict, $"the run is {detail.Summary.State}", "list runs: edgeflora runs ls");
    }));

    private RunDetail Add(RunSubmission submission, RunOrigin? origin)
    {
        Guid id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddHours(400_000 + runs.Count));
        return Put(new RunDetail
        {
            Summary = new RunSummary
            {
                Id = id,
                Name = submission.Spec.Name,
                State = RunState.Queued,
                Waiting = new WaitReason { Kind = WaitKind.Agents, Sentence = "waits for 2 agents", Present = 0, Needed = 2, Since = DateTimeOffset.UnixEpoch },
                Task = "classification",
                Model = submission.Spec.Model ?? "edgeflora-doc-bert",
                Strategy = submission.Spec.Aggregation.Strategy,
                RoundsCommitted = 0,
                RoundsSkipped = 0,
                Rounds = submission.Spec.Rounds.Count,
                Priority = submission.Spec.Priority,
                Note = submission.Spec.Note,
                SubmittedAt = DateTimeOffset.UnixEpoch.AddSeconds(runs.Count),
            },
            Spec = submission.Document,
            Rounds = [],
            History = [],
            Participants = [],
            ForkedFrom = origin,
        });
    }

    private RunDetail Put(RunDetail run)
    {
        lock (gate)
        {
            return runs[run.Summary.Id] = run;
        }
    }

    private RunDetail Find(Guid run)
    {
        Fail();
        lock (gate)
        {
            return runs.GetValueOrDefault(run) ?? throw new ServiceRefusedException(
                ProblemCode.NotFound, $"there is no run {run}", "list runs: edgeflora runs ls");
        }
    }

    private T Once<T>(CommandContext context, Func<T> act)
    {
        Fail();
        Operators.Enqueue(context.By);
        return answers.Once(context, act);
    }

    private void Fail()
    {
        if (Failure is { } failure)
        {
            throw failure;
        }
    }
}
