using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Provenance;
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
    private readonly FakeRuns runs = new();
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
        runs.Add(submission, null)));

    public Task<Page<RunSummary>> ListAsync(RunFilter filter, CancellationToken stop)
    {
        Fail();
        return Task.FromResult(runs.List(filter));
    }

    public Task<RunDetail> FindAsync(Guid run, CancellationToken stop) => Task.FromResult(Find(run));

    public Task<RunDetail> PauseAsync(CommandContext context, Guid run, string? reason, CancellationToken stop) => Move(
        context, run, RunState.Paused, reason, RunState.Queued, RunState.Running, RunState.Paused);

    /// <summary>What the last resume said of rounds after a backup.</summary>
    public int? SpentRounds { get; private set; }

    public Task<RunDetail> ResumeAsync(CommandContext context, Guid run, int? spentRounds, CancellationToken stop)
    {
        SpentRounds = spentRounds;
        return Move(context, run, RunState.Queued, null, RunState.Paused, RunState.Queued, RunState.Running);
    }

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

        return runs.Put(detail with
        {
            Spec = changed.Document!,
            Summary = detail.Summary with { Rounds = spec.Rounds.Count, Priority = spec.Priority, Note = spec.Note },
        });
    }));

    public Task<RunDetail> RollOutAsync(CommandContext context, Guid run, RolloutRequest request, CancellationToken stop) => Task.FromResult(Once(
        context, () => runs.Put(FakeRollouts.Begin(Find(run), request, context.By))));

    public Task<RunDetail> EndRolloutAsync(CommandContext context, Guid run, RolloutEnd end, CancellationToken stop) => Task.FromResult(Once(
        context, () => runs.Put(FakeRollouts.End(Find(run), end, context.By))));

    public Task<RunDetail> ForkAsync(CommandContext context, Guid run, int? fromRound, RunSubmission submission, CancellationToken stop) => Task.FromResult(Once(context, () =>
    {
        Find(run);
        return runs.Add(submission, new RunOrigin(run, fromRound ?? 1));
    }));

    public Task DeleteAsync(CommandContext context, Guid run, CancellationToken stop) => Task.FromResult(Once(context, () =>
    {
        RunDetail detail = Find(run);
        if (detail.Summary.State is RunState.Queued or RunState.Running or RunState.Paused)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict, $"the run is {detail.Summary.State}", $"end it first: edgeflora runs cancel {run}");
        }

        return runs.Remove(run);
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
            : Task.FromResult(new AdapterExport(1, new string('a', 64), (stream, _) => FakeRuns.WriteAdapterAsync(stream)));
    }

    public Task<JsonObject> LedgerAsync(Guid run, CancellationToken stop) =>
        Task.FromResult(new JsonObject { ["run"] = Find(run).Summary.Id.ToString() });

    public Task<RoundVerification> VerifyAsync(Guid run, int? round, CancellationToken stop)
    {
        Find(run);
        return Task.FromResult(new RoundVerification
        {
            Round = round ?? 2,
            Results = 3,
            ModelSha256 = new string('a', 64),
            Earlier = round is null ? 1 : null,
            Problem = round == 1 ? Differs : null,
        });
    }

    /// <summary>What is wrong with round 1, where it is merged again.</summary>
    public string? Differs { get; set; }

    /// <summary>The key that this service signs adapters with.</summary>
    public static RSA Signer { get; } = RSA.Create(2048);

    public Task<SigningKey> SigningKeyAsync(CancellationToken stop)
    {
        string key = Signer.ExportSubjectPublicKeyInfoPem();
        return Task.FromResult(new SigningKey(AdapterProvenance.KeyIdOf(key), key));
    }

    public Task<ServiceStatus> StatusAsync(CancellationToken stop) => Task.FromResult(new ServiceStatus
    {
        Ready = Ready,
        Runs = runs.Counts(),
        Agents = 3,
        AgentsOnline = 2,
        AgentsBusy = 1,
        Term = 4,
        StartedAt = DateTimeOffset.UnixEpoch,
    });

    /// <summary>Lets something happen in a run, and its state follow.</summary>
    public void Happen(Guid run, RunEventKind kind, bool keep = true, string? detail = null) => events.Add(run, kind, keep, detail);

    public void Become(Guid run, RunState state, string? reason = null)
    {
        RunDetail detail = Find(run);
        runs.Put(detail with { Summary = detail.Summary with { State = state, Reason = reason } });
    }

    private Task<RunDetail> Move(CommandContext context, Guid run, RunState to, string? reason, params RunState[] from) => Task.FromResult(Once(context, () =>
    {
        RunDetail detail = Find(run);
        return from.Contains(detail.Summary.State)
            ? runs.Put(detail with
            {
                Summary = detail.Summary with { State = to, Reason = reason },
                History = [.. detail.History, new StateChange(
                DateTimeOffset.UnixEpoch, to, reason, context.By)]
            })
            : throw new ServiceRefusedException(ProblemCode.Conflict, $"the run is {detail.Summary.State}", "list runs: edgeflora runs ls");
    }));

    private RunDetail Find(Guid run)
    {
        Fail();
        return runs.Find(run);
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
