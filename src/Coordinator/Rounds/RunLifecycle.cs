using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>What operators do to a run under way: hold it, let it go on, end it.</summary>
internal sealed class RunLifecycle(LiveRun state, RoundHandler rounds, TrainingOffers offers, LateTasks late, EvaluationHandler evaluations)
{
    /// <summary>Held: work under way is finished and counts, and nothing new begins. A repeat changes nothing.</summary>
    public void Hold(HoldRun hold, Step step)
    {
        if (state.Paused == hold.Paused)
        {
            return;
        }

        state.Paused = hold.Paused;
        step.State(
            hold.Paused ? Contracts.Api.RunState.Paused : HasBegun ? Contracts.Api.RunState.Running : Contracts.Api.RunState.Queued, hold.Reason);
        if (!hold.Paused)
        {
            rounds.RestartWaiting(step);
            evaluations.Pump(step);
        }
    }

    /// <summary>Ends the run: agents at work are told to stop, committed models remain.</summary>
    public void Cancel(CancelRun cancel, Step step)
    {
        if (state.Round is { IsOver: false } round)
        {
            foreach (AgentTask task in round.Tasks.Values.Where(task => task.AtWork || task.State == TaskState.Lost))
            {
                offers.Cancel(task, round.Number, CancelReason.RunStopped, step);
            }
        }

        late.CancelAll(step);
        evaluations.CancelAll(step);
        state.End = new RunEnd(Failure: null, cancel.Reason) { Cancelled = true };
    }

    private bool HasBegun => state.Round is { } round && (round.Number > 1 || round.State != RoundState.Planned);
}
