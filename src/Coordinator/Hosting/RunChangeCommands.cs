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
        (before, parts, round) =>
        {
            Rollout present = before.Rollout ?? throw new ServiceRefusedException(
                ProblemCode.Conflict, $"No rollout of run {run} is under way.", $"edgeflora rollouts ls {run} shows those that were.");
            Rollout ended = parts.Store.Read(run.ToString(), reader => RolloutFigures.Of(present, reader)) with
            {
                State = end.Finish ? RolloutState.Finished : RolloutState.Withdrawn,
                Reason = $"by {context.By}{(end.Reason is { Length: > 0 } why ? $": {why}" : "")}",
                EndedAt = time.GetUtcNow(),
            };
            return RolloutPlan.With(before, ended, round);
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
        RunEntry after = apply(entry, parts, Round(parts, run));
        after = parts.Catalogue.Change(
            run,
            before => apply(before, parts, Round(parts, run)),
            CommandAnswers.Make(context, RunViews.Detail(after, parts, time.GetUtcNow()), time))!;
        if (parts.Director.Led(run) is { } host)
        {
            await host.AskAsync(new ChangeRun(after.Options, after.Priority)).WaitAsync(stop);
        }

        parts.Director.Wake();
        return RunViews.Detail(after, parts, time.GetUtcNow());
    }

    /// <summary>The newest round. What is seen of a run may be behind what is stored, and of a run that nobody leads nothing is seen.</summary>
    private static int Round(Serving parts, Guid run) =>
        Math.Max(parts.Director.Sight(run)?.Round?.Number ?? 0, parts.Store.Read(run.ToString(), reader => reader.NewestRound()));
}
