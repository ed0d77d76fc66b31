using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Runs for operators.</summary>
internal sealed class RunService(Task<Serving> serving, CoordinatorHostOptions options, TimeProvider time, Func<Guid> newId) : IRunService
{
    private const int EventsAtOnce = 500;

    /// <summary>Longest that a run that is over takes to be put away: its last messages are sent, its queues removed.</summary>
    private static readonly TimeSpan PutAway = TimeSpan.FromSeconds(60);

    public Task<RunDetail> SubmitAsync(CommandContext context, RunSubmission submission, CancellationToken stop) =>
        SubmitAsync(context, submission, submission.Spec.StartFrom, origin: null, stop);

    public async Task<RunDetail> ForkAsync(CommandContext context, Guid run, int? fromRound, RunSubmission submission, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry source = Require(parts, run);
        int round = StartingRound(parts, source, fromRound, submission.Spec);
        return await SubmitAsync(context, submission, new StartingPoint { RunId = run, Round = round }, new RunOrigin(run, round), stop);
    }

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
        return RunViews.Detail(Require(parts, run), parts, time.GetUtcNow());
    }

    public Task<RunDetail> PauseAsync(CommandContext context, Guid run, string? reason, CancellationToken stop) => MoveAsync(
        context, run, entry => entry.State == RunState.Paused, new HoldRun(Paused: true, reason), (RunState.Paused, reason), "paused", stop);

    public Task<RunDetail> ResumeAsync(CommandContext context, Guid run, CancellationToken stop) => MoveAsync(
        context, run, entry => entry.State != RunState.Paused, new HoldRun(Paused: false, Reason: null), becomes: null, "resumed", stop);

    public async Task<RunDetail> CancelAsync(CommandContext context, Guid run, string? reason, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (Require(parts, run).State == RunState.Cancelled)
        {
            return RunViews.Detail(Require(parts, run), parts, time.GetUtcNow());
        }

        return await MoveAsync(context, run, static _ => false, new CancelRun(reason), (RunState.Cancelled, reason), "cancelled", stop);
    }

    public async Task<RunDetail> ChangeAsync(CommandContext context, Guid run, RunChange change, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<RunDetail>(parts.Store, context) is { } answered)
        {
            return answered;
        }

        RunEntry entry = Open(parts, run, "changed");
        RunEntry after = RunChanges.Apply(entry, change, parts.Director.Sight(run)?.Round?.Number ?? 0);
        after = parts.Catalogue.Change(run, before => RunChanges.Apply(before, change, parts.Director.Sight(run)?.Round?.Number ?? 0), CommandAnswers.Make(context, RunViews.Detail(after, parts, time.GetUtcNow()), time))!;
        if (parts.Director.Led(run) is { } host)
        {
            await host.AskAsync(new ChangeRun(after.Options, after.Priority)).WaitAsync(stop);
        }

        parts.Director.Wake();
        return RunViews.Detail(after, parts, time.GetUtcNow());
    }

    public async Task DeleteAsync(CommandContext context, Guid run, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<string>(parts.Store, context) is not null)
        {
            return;
        }

        if (Require(parts, run).IsOver && parts.Director.Led(run) is not null)
        {
            // It is being put away.
            await parts.Director.OutcomeAsync(run).WaitAsync(PutAway, time, stop);
        }

        if (!Require(parts, run).IsOver || parts.Director.Led(run) is not null)
        {
            throw new ServiceRefusedException(ProblemCode.Conflict, $"Run {run} is not over.", $"End it first: edgeflora runs cancel {run}");
        }

        if (parts.Cleanup.IsAwaited(run))
        {
            throw new ServiceRefusedException(ProblemCode.Conflict, $"A run that has not begun yet begins from a model of run {run}.", "Wait until that one runs, or cancel it.");
        }

        if (!await parts.Queues.RemoveAsync(run, stop))
        {
            throw new ServiceRefusedException(ProblemCode.Conflict, $"The queues of run {run} could not be removed from the broker yet; the service's log says why.", "Try again once the broker is there.");
        }

        parts.Cleanup.Delete(run, CommandAnswers.Make(context, "", time));
    }

    public async IAsyncEnumerable<EventEnvelope> EventsAsync(EventFilter filter, [EnumeratorCancellation] CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (filter.RunId is { } wanted)
        {
            Require(parts, wanted);
        }

        using EventBoard.Onlooker? onlooker = filter.Follow ? parts.Board.Watch() : null;
        long last = filter.After;
        while (true)
        {
            bool over = filter.RunId is { } of && parts.Catalogue.Find(of) is null or { IsOver: true };
            IReadOnlyList<(long Id, long At, string Body)> kept = parts.Store.Events(filter.RunId?.ToString(), last, EventsAtOnce);
            foreach ((long id, long at, string body) in kept)
            {
                last = id;
                yield return new EventEnvelope { Id = id, At = DateTimeOffset.FromUnixTimeMilliseconds(at), Event = JsonSerializer.Deserialize<RunEvent>(body)! };
            }

            if (kept.Count == EventsAtOnce)
            {
                continue;
            }

            if (onlooker is null || over)
            {
                yield break;
            }

            await onlooker.Events.WaitToReadAsync(stop);
            while (onlooker.Events.TryRead(out RunEvent? happened))
            {
                if (happened.Kind == RunEventKind.TaskProgressed && (filter.RunId is null || happened.RunId == filter.RunId))
                {
                    yield return new EventEnvelope { At = time.GetUtcNow(), Event = happened };
                }
            }
        }
    }

    public async Task<AdapterExport> ExportAsync(Guid run, int? round, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry entry = Require(parts, run);
        StoredModel model = KeptModel(parts, entry, round);
        return AdapterArchive.Of(entry, model, options.Store.BodiesOf(run));
    }

    public async Task<JsonObject> LedgerAsync(Guid run, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry entry = Require(parts, run);
        return parts.Store.Read(run.ToString(), reader => RunLedger.Of(entry, reader));
    }

    public async Task<ServiceStatus> StatusAsync(CancellationToken stop)
    {
        if (!serving.IsCompletedSuccessfully)
        {
            return new ServiceStatus
            {
                Ready = false,
                Problem = serving.IsFaulted ? serving.Exception!.InnerException!.Message : "The service is starting.",
                Runs = new Dictionary<RunState, int>(),
                AgentsOnline = 0,
                Agents = 0,
                AgentsBusy = 0,
                Term = 0,
                StartedAt = time.GetUtcNow(),
            };
        }

        Serving parts = await serving;
        return new ServiceStatus
        {
            Ready = true,
            Runs = parts.Catalogue.All().GroupBy(entry => entry.State).ToDictionary(group => group.Key, group => group.Count()),
            AgentsOnline = parts.Fleet.All().Count(parts.Fleet.IsAvailable),
            Agents = parts.Fleet.All().Where(agent => agent.Standing != AgentStanding.Revoked).Select(agent => agent.Name)
                .Union(parts.Enrolment.Agents.All.Where(agent => agent.IsActive).Select(agent => agent.Name)).Count(),
            AgentsBusy = parts.Director.Sharing.Busy,
            ForgedMessages = parts.Senders.Forged,
            EnrolmentRequired = parts.Enrolment.IsRequired,
            Term = parts.Store.Term,
            StartedAt = parts.StartedAt,
        };
    }

    private async Task<RunDetail> SubmitAsync(CommandContext context, RunSubmission submission, StartingPoint? start, RunOrigin? origin, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<RunDetail>(parts.Store, context) is { } answered)
        {
            return answered;
        }

        RunSpec spec = submission.Spec;
        string folder = ModelFolder(spec.Model);
        if (start?.RunId is { } source)
        {
            start = start with { Round = StartingRound(parts, Require(parts, source), start.Round, spec) };
        }

        Guid id = newId();
        DateTimeOffset now = time.GetUtcNow();
        var entry = new RunEntry
        {
            Id = id,
            Options = spec.ToOptions(folder, options.Store, options.OutputFolder is null ? null : Path.Combine(options.OutputFolder, id.ToString())),
            State = RunState.Queued,
            Priority = spec.Priority,
            Note = spec.Note,
            Selector = spec.Selector.Text,
            DataSet = spec.DataSet,
            WaitFor = spec.WaitFor,
            StartFrom = start,
            ForkedFrom = origin,
            Retention = spec.Retention,
            Spec = submission.Document,
            SubmittedAt = now,
            History = [new StateChange(now, RunState.Queued, Reason: null, context.By)],
            ModelFolder = folder,
        };
        string[] problems = [.. entry.Options.Problems()];
        if (problems.Length > 0)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidInput, string.Join(" ", problems), mistakes: [.. problems.Select(problem => new SpecMistake(null, null, null, "", null, problem))]);
        }

        parts.Catalogue.Add(entry, added => CommandAnswers.Make(context, RunViews.Detail(added, parts, time.GetUtcNow()), time));
        parts.Director.Wake();
        return RunViews.Detail(entry, parts, time.GetUtcNow());
    }

    /// <summary>Moves a run to another state: on its loop if it is led, in the catalogue if not.</summary>
    /// <param name="isDone">Whether there is nothing to do.</param>
    /// <param name="becomes">The state of a run that is not led; null: the one it was in before it was held.</param>
    private async Task<RunDetail> MoveAsync(
        CommandContext context, Guid run, Func<RunEntry, bool> isDone, object input, (RunState State, string? Reason)? becomes, string what, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<RunDetail>(parts.Store, context) is { } answered)
        {
            return answered;
        }

        RunEntry entry = Open(parts, run, what);
        if (isDone(entry))
        {
            return RunViews.Detail(entry, parts, time.GetUtcNow());
        }

        if (parts.Director.Led(run) is { } host)
        {
            await host.AskAsync(input).WaitAsync(stop);
        }

        if (parts.Catalogue.Find(run) is { } left && left.State == entry.State)
        {
            (RunState state, string? reason) = becomes ?? (entry.StartedAt is null ? RunState.Queued : RunState.Running, null);
            parts.Catalogue.SetState(run, state, reason, context.By, command: null);
        }

        RunDetail detail = RunViews.Detail(Require(parts, run), parts, time.GetUtcNow());
        if (CommandAnswers.Make(context, detail, time) is { } command)
        {
            parts.Catalogue.Change(run, static before => before, command);
        }

        parts.Director.Wake();
        return detail;
    }

    /// <summary>The round whose model another run may begin from.</summary>
    /// <exception cref="ServiceRefusedException">There is none, or it does not go with the spec.</exception>
    private int StartingRound(Serving parts, RunEntry source, int? round, RunSpec spec)
    {
        StoredModel model = KeptModel(parts, source, round);
        if (ModelFolder(spec.Model) != source.ModelFolder || !Same(spec.Lora, source.Options.Lora) || !spec.Labels.SequenceEqual(source.Options.Labels))
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidChange,
                $"A run that begins from a model of run {source.Id} must have its base model, LoRA shape and labels.",
                "Take them from there, or submit a new run for other ones.");
        }

        if (model.BaseDelta is not null)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidChange,
                $"Run {source.Id} has folded changes into the base weights (strategy {string.Join(", ", source.Options.Aggregation.StrategyNames())}): the adapter of round {model.Round} means nothing on the base model alone.",
                "Begin a new run, or fork one whose strategy leaves the base as it is, such as FloraNA.");
        }

        return model.Round;
    }

    /// <summary>A committed model that is still on the disk.</summary>
    /// <param name="round">Null: the newest.</param>
    private StoredModel KeptModel(Serving parts, RunEntry entry, int? round)
    {
        StoredModel model = parts.Store.Read(entry.Id.ToString(), reader => reader.Models().LastOrDefault(model => model.Round > 0 && (round is null || model.Round == round)))
            ?? throw new ServiceRefusedException(
                ProblemCode.NotFound,
                round is null ? $"Run {entry.Id} has no committed model yet." : $"Run {entry.Id} has no model of round {round}.",
                $"edgeflora runs show {entry.Id} lists its rounds.");
        return new BlobStore(options.Store.BodiesOf(entry.Id)).Contains(model.Claim.Sha256)
            ? model
            : throw new ServiceRefusedException(
                ProblemCode.NotFound,
                $"The model of round {model.Round} of run {entry.Id} was removed: of a run that is over the newest {entry.Retention.Models} are kept (retention.models).",
                "Name a later round, or none for the newest.");
    }

    private string ModelFolder(string? name)
    {
        try
        {
            return options.ModelFolder(name);
        }
        catch (CoordinatorOptionsException unknown)
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, unknown.Message, mistakes: [new SpecMistake(null, null, null, "model", name, unknown.Message)]);
        }
    }

    private static bool Same(LoraOptions a, LoraOptions b) =>
        a.Rank == b.Rank && a.Alpha.Equals(b.Alpha) && a.Variant == b.Variant && (a.TargetModules ?? []).SequenceEqual(b.TargetModules ?? []);

    private static RunEntry Require(Serving parts, Guid run) =>
        parts.Catalogue.Find(run) ?? throw new ServiceRefusedException(ProblemCode.NotFound, $"There is no run {run}.", "edgeflora runs ls shows them.");

    private static RunEntry Open(Serving parts, Guid run, string what)
    {
        RunEntry entry = Require(parts, run);
        return entry.IsOver
            ? throw new ServiceRefusedException(ProblemCode.Conflict, $"Run {run} is {entry.State} and can't be {what}.", $"Begin a new one from its model: edgeflora runs fork {run}")
            : entry;
    }
}
