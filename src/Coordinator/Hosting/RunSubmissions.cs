using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Transport.Telemetry;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Takes new runs in: those that are submitted, and those that begin from another's model.</summary>
internal sealed class RunSubmissions(Task<Serving> serving, CoordinatorHostOptions options, TimeProvider time, Func<Guid> newId)
{
    private readonly RunModels models = new(options);

    /// <inheritdoc cref="IRunService.SubmitAsync"/>
    public Task<RunDetail> SubmitAsync(CommandContext context, RunSubmission submission, CancellationToken stop) =>
        SubmitAsync(context, submission, submission.Spec.StartFrom, origin: null, stop);

    /// <inheritdoc cref="IRunService.ForkAsync"/>
    public async Task<RunDetail> ForkAsync(CommandContext context, Guid run, int? fromRound, RunSubmission submission, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        RunEntry source = parts.Require(run);
        int round = models.StartingRound(parts, source, fromRound, submission.Spec);
        return await SubmitAsync(context, submission, new StartingPoint { RunId = run, Round = round }, new RunOrigin(run, round), stop);
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
            start = start with { Round = models.StartingRound(parts, parts.Require(source), start.Round, spec) };
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
}
