using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Tasks of the round before the present one that were not done when it was frozen, and whose results may still count.</summary>
internal sealed class LateTasks(RunFacts facts, LiveRun state, TrainingOffers offers)
{
    /// <summary>Keeps what was not done in the round that is over, if late results count.</summary>
    public void Keep()
    {
        foreach (AgentTask task in facts.Rules.KeepLate && state.Round is { } over
                ? over.Tasks.Values.Where(task => task.State is TaskState.Late or TaskState.Lost)
                : [])
        {
            state.LateTasks.Add(task.Agent, task);
        }
    }

    /// <summary>An agent's late work is over: its result counts, or there will be none.</summary>
    /// <param name="end">How it ended without a result; null if it has one.</param>
    /// <returns>Whether it had any.</returns>
    public bool End(string agent, TaskState? end, Step step)
    {
        if (!state.LateTasks.Remove(agent, out AgentTask? task))
        {
            return false;
        }

        if (end is { } ended)
        {
            step.Store.SaveTask(state.Round!.Number - 1, nameof(TaskKind.Train), task with { State = ended });
        }
        else if (state.Agents.TryGetValue(agent, out KnownAgent? worker))
        {
            state.Agents[agent] = worker with { Took = true, Unanswered = false, Missed = 0 };
            step.Store.SaveAgent(state.Agents[agent]);
        }

        return true;
    }

    /// <summary>Nothing of the round before can count any more: agents at work for it are told to stop.</summary>
    public void CancelAll(Step step)
    {
        foreach (AgentTask task in state.LateTasks.Values)
        {
            offers.Cancel(task, state.Round!.Number - 1, CancelReason.RoundClosed, step);
        }

        state.LateTasks.Clear();
    }
}
