using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Runs for operators.</summary>
internal sealed class RunService(Task<Serving> serving, CoordinatorHostOptions options, TimeProvider time, Func<Guid> newId) : IRunService
{
    private static readonly string? Version =
        typeof(RunService).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private readonly RunModels models = new(options);
    private readonly RunEventFeed feed = new(time);

    /// <summary>Longest that a run that is over takes to be put away: its last messages are sent, its queues removed.</summary>
    private static readonly TimeSpan PutAway = TimeSpan.FromSeconds(60);

    public Task<RunDetail> SubmitAsync(CommandContext context, RunSubmission submission, CancellationToken stop) =>
        SubmitAsync(context, submission, submission.Spec.StartFrom, origin: null, stop);

    public async Task<RunDetail> ForkAsync(CommandContext context, Guid run, int? fromRound, RunSubmission submission, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry source = Require(parts, run);
        int round = models.StartingRound(parts, source, fromRound, submission.Spec);
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
        after = parts.Catalogue.Change(
            run,
            before => RunChanges.Apply(before, change, parts.Director.Sight(run)?.Round?.Number ?? 0),
            CommandAnswers.Make(context, RunViews.Detail(after, parts, time.GetUtcNow()), time))!;
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

        if (Require(parts, run).IsOver && parts.Director.IsInHand(run))
        {
            // It is being put away.
            await parts.Director.OutcomeAsync(run).WaitAsync(PutAway, time, stop);
        }

        if (!Require(parts, run).IsOver || parts.Director.IsInHand(run))
        {
            throw new ServiceRefusedException(ProblemCode.Conflict, $"Run {run} is not over.", $"End it first: edgeflora runs cancel {run}");
        }

        if (parts.Cleanup.IsAwaited(run))
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict, $"A run that has not begun yet begins from a model of run {run}.", "Wait until that one runs, or cancel it.");
        }

        if (!await parts.Queues.RemoveAsync(run, stop))
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"The queues of run {run} could not be removed from the broker yet; the service's log says why.",
                "Try again once the broker is there.");
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

        await foreach (EventEnvelope envelope in feed.ReadAsync(parts, filter, stop))
        {
            yield return envelope;
        }
    }

    public async Task<AdapterExport> ExportAsync(Guid run, int? round, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry entry = Require(parts, run);
        StoredModel model = models.Kept(parts, entry, round);
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
                Version = Version,
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
            Version = Version,
            Term = parts.Store.Term,
            StartedAt = parts.StartedAt,
        };
    }

    private async Task<RunDetail> SubmitAsync(
        CommandContext context, RunSubmission submission, StartingPoint? start, RunOrigin? origin, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<RunDetail>(parts.Store, context) is { } answered)
        {
            return answered;
        }

        RunSpec spec = submission.Spec;
        string folder = models.Folder(spec.Model);
        RunModels.RequireAdapter(spec);
        if (start?.RunId is { } source)
        {
            start = start with { Round = models.StartingRound(parts, Require(parts, source), start.Round, spec) };
        }

        Guid id = newId();
        using System.Diagnostics.Activity? submitted = Telemetry.RunTelemetry.Submit(id);
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
            TraceParent = TraceContext.Write(submitted),
        };
        string[] problems = [.. entry.Options.Problems()];
        if (problems.Length > 0)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidInput,
                string.Join(" ", problems),
                mistakes: [.. problems.Select(problem => new SpecMistake(null, null, null, "", null, problem))]);
        }

        parts.Catalogue.Add(entry, added => CommandAnswers.Make(context, RunViews.Detail(added, parts, time.GetUtcNow()), time));
        parts.Director.Wake();
        return RunViews.Detail(entry, parts, time.GetUtcNow());
    }

    /// <summary>Moves a run to another state: on its loop if it is led, in the catalogue if not.</summary>
    /// <param name="isDone">Whether there is nothing to do.</param>
    /// <param name="becomes">The state of a run that is not led; null: the one it was in before it was held.</param>
    private async Task<RunDetail> MoveAsync(
        CommandContext context,
        Guid run,
        Func<RunEntry, bool> isDone,
        object input,
        (RunState State, string? Reason)? becomes,
        string what,
        CancellationToken stop)
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
            if (parts.Director.Led(run) is { } taken)
            {
                // It was being taken up meanwhile, as it stood before. A repeat changes nothing.
                await taken.AskAsync(input).WaitAsync(stop);
            }
        }

        RunDetail detail = RunViews.Detail(Require(parts, run), parts, time.GetUtcNow());
        if (CommandAnswers.Make(context, detail, time) is { } command)
        {
            parts.Catalogue.Change(run, static before => before, command);
        }

        parts.Director.Wake();
        return detail;
    }

    private static RunEntry Require(Serving parts, Guid run) =>
        parts.Catalogue.Find(run) ?? throw new ServiceRefusedException(
            ProblemCode.NotFound, $"There is no run {run}.", "edgeflora runs ls shows them.");

    private static RunEntry Open(Serving parts, Guid run, string what)
    {
        RunEntry entry = Require(parts, run);
        return entry.IsOver
            ? throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"Run {run} is {entry.State} and can't be {what}.",
                $"Begin a new one from its model: edgeflora runs fork {run}")
            : entry;
    }
}
