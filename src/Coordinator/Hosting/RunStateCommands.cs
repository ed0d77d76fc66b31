using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Pauses, resumes, cancels and deletes runs.</summary>
internal sealed class RunStateCommands(Task<Serving> serving, TimeProvider time)
{
    /// <summary>Longest that a run that is over takes to be put away: its last messages are sent, its queues removed.</summary>
    private static readonly TimeSpan PutAway = TimeSpan.FromSeconds(60);

    /// <inheritdoc cref="IRunService.PauseAsync"/>
    public Task<RunDetail> PauseAsync(CommandContext context, Guid run, string? reason, CancellationToken stop) => MoveAsync(
        context, run, entry => entry.State == RunState.Paused, new HoldRun(Paused: true, reason), (RunState.Paused, reason), "paused", stop);

    /// <inheritdoc cref="IRunService.ResumeAsync"/>
    public async Task<RunDetail> ResumeAsync(CommandContext context, Guid run, int? spentRounds, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<RunDetail>(parts.Store, context) is null)
        {
            RestoredRuns.Settle(parts.Catalogue, parts.Store, parts.RequireOpen(run, "resumed"), spentRounds);
        }

        return await MoveAsync(
            context, run, entry => entry.State != RunState.Paused, new HoldRun(Paused: false, Reason: null), becomes: null, "resumed", stop);
    }

    /// <inheritdoc cref="IRunService.CancelAsync"/>
    public async Task<RunDetail> CancelAsync(CommandContext context, Guid run, string? reason, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (parts.Require(run).State == RunState.Cancelled)
        {
            return RunViews.Detail(parts.Require(run), parts, time.GetUtcNow());
        }

        return await MoveAsync(context, run, static _ => false, new CancelRun(reason), (RunState.Cancelled, reason), "cancelled", stop);
    }

    /// <inheritdoc cref="IRunService.DeleteAsync"/>
    public async Task DeleteAsync(CommandContext context, Guid run, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<string>(parts.Store, context) is not null)
        {
            return;
        }

        if (parts.Require(run).IsOver && parts.Director.IsInHand(run))
        {
            // It is being put away.
            await parts.Director.OutcomeAsync(run).WaitAsync(PutAway, time, stop);
        }

        if (!parts.Require(run).IsOver || parts.Director.IsInHand(run))
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

        RunEntry entry = parts.RequireOpen(run, what);
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

        RunDetail detail = RunViews.Detail(parts.Require(run), parts, time.GetUtcNow());
        if (CommandAnswers.Make(context, detail, time) is { } command)
        {
            parts.Catalogue.Change(run, static before => before, command);
        }

        parts.Director.Wake();
        return detail;
    }
}
