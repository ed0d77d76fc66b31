using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Rollouts;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Changes settings of runs that are not over, for all of their agents or for a share of them first.</summary>
internal sealed class RunChangeCommands(Task<Serving> serving, TimeProvider time)
{
    /// <inheritdoc cref="IRunService.ChangeAsync"/>
    public Task<RunDetail> ChangeAsync(CommandContext context, Guid run, RunChange change, CancellationToken stop) => ChangeAsync(
        context, run, (before, _, round) => RunChanges.Apply(before, change, round), stop);

    /// <inheritdoc cref="IRunService.RollOutAsync"/>
    public Task<RunDetail> RollOutAsync(CommandContext context, Guid run, RolloutRequest request, CancellationToken stop) => ChangeAsync(
        context,
        run,
        (before, parts, round) =>
        {
            ILookup<bool, string> fitting = parts.Director.Trainers(before).ToLookup(RolloutPlan.MayBeFirst, agent => agent.Name);
            return RolloutPlan.Begin(before, request, [.. fitting[true]], fitting[false].Count(), round, context.By, time.GetUtcNow());
        },
        stop);

    /// <inheritdoc cref="IRunService.EndRolloutAsync"/>
    public Task<RunDetail> EndRolloutAsync(CommandContext context, Guid run, RolloutEnd end, CancellationToken stop) => ChangeAsync(
        context,
        run,
        (before, parts, _) =>
        {
            Rollout present = before.Rollout ?? throw new ServiceRefusedException(
                ProblemCode.Conflict, $"No rollout of run {run} is under way.", $"edgeflora rollouts ls {run} shows those that were.");
            return RolloutPlan.With(before, parts.Store.Read(run.ToString(), reader => RolloutFigures.Of(present, reader)) with
            {
                State = end.Finish ? RolloutState.Finished : RolloutState.Withdrawn,
                Reason = $"by {context.By}{(end.Reason is { Length: > 0 } why ? $": {why}" : "")}",
                EndedAt = time.GetUtcNow(),
            });
        },
        stop);

    /// <param name="apply">Makes the run what it is to be, of what it is, the service's parts and the present round.</param>
    private async Task<RunDetail> ChangeAsync(
        CommandContext context, Guid run, Func<RunEntry, Serving, int, RunEntry> apply, CancellationToken stop)
    {
        Serving parts = await serving.WaitAsync(stop);
        if (CommandAnswers.Find<RunDetail>(parts.Store, context) is { } answered)
        {
            return answered;
        }

        RunEntry entry = parts.RequireOpen(run, "changed");
        RunEntry after = apply(entry, parts, parts.Director.Sight(run)?.Round?.Number ?? 0);
        after = parts.Catalogue.Change(
            run,
            before => apply(before, parts, parts.Director.Sight(run)?.Round?.Number ?? 0),
            CommandAnswers.Make(context, RunViews.Detail(after, parts, time.GetUtcNow()), time))!;
        if (parts.Director.Led(run) is { } host)
        {
            await host.AskAsync(new ChangeRun(after.Options, after.Priority)).WaitAsync(stop);
        }

        parts.Director.Wake();
        return RunViews.Detail(after, parts, time.GetUtcNow());
    }
}
