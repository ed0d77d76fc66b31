using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>What comes after a round: the next one, or the end of the run.</summary>
internal sealed class RoundPlanning(
    RunFacts facts, LiveRun state, EvaluationHandler evaluations, RunFinish finish, RoundSecrets secrets, TrainingOffers offers, LateTasks late)
{
    /// <summary>
    /// Plans the run's first round, which waits for its agents, or the one after <paramref name="last"/>; none if that was the last, or if the
    /// budget of a private run covers no other.
    /// </summary>
    /// <returns>False if none comes: the run is on its way to its end.</returns>
    public bool Plan(int last, Step step)
    {
        late.CancelAll(step);
        NoteStandings(step);
        if (IsLast(last))
        {
            StopLateWork(step);
            finish.Begin(WhyEarly(last), step);
            return false;
        }

        int needed = last == 0 ? facts.Options.Rounds.MinAgents : facts.Options.Rounds.RequiredOf(facts.Options.Rounds.MinAgents);
        late.Keep();
        Round planned = Round.Plan(
            last + 1, needed, step.Now + facts.Rules.StartTimeoutMs, state.Round?.MedianTaskMs ?? 0, state.Trainers,
            state.LateTasks.Values.Where(task => task.State == TaskState.Late).Select(task => task.Agent), state.Standings);
        planned = secrets.WithSamplingKey(planned) with { Granted = [] };
        state.Round = planned;
        state.Results.Clear();
        state.Refusals.Clear();
        step.Store.AddRound(planned);
        return true;
    }

    /// <summary>
    /// A model was measured. If none was better for long enough, a round that still waits for its agents is taken back; one that is open is finished,
    /// and none begins after it.
    /// </summary>
    public void Measured(Step step)
    {
        if (state is { EndBy: null, Round: { State: RoundState.Planned } planned } && planned.Number > 1
            && evaluations.Quality.Stalled is { } reason)
        {
            late.CancelAll(step);
            step.Store.RemovePlanned(planned.Number);
            bool committed = state.Models.ContainsKey(planned.Number - 1);
            state.Round = planned with { Number = planned.Number - 1, State = committed ? RoundState.Committed : RoundState.Skipped };
            finish.Begin(reason, step);
        }
    }

    /// <summary>Whether no round comes after this one.</summary>
    public bool IsLast(int round) => round >= facts.Options.Rounds.Count || secrets.IsSpent || evaluations.Quality.Stalled is not null;

    /// <summary>Why no round comes after one, in a sentence; null: all are done.</summary>
    private string? WhyEarly(int last) => last >= facts.Options.Rounds.Count ? null
        : secrets.IsSpent ? facts.Options.Privacy!.SpentAfter(state.NoisySums)
        : evaluations.Quality.Stalled;

    /// <summary>Remembers of the round that is over who took and did its task: the next counts on those.</summary>
    private void NoteStandings(Step step)
    {
        foreach (AgentTask task in state.Round?.Tasks.Values ?? [])
        {
            if (state.Agents.TryGetValue(task.Agent, out KnownAgent? before)
                && before.After(task, state.Round!.Done >= state.Round.Goal) is var after && after != before)
            {
                state.Agents[task.Agent] = after;
                step.Store.SaveAgent(after);
            }
        }
    }

    /// <summary>Agents that were to go on with their tasks of the last round are told to stop: there is no round that these could count in.</summary>
    private void StopLateWork(Step step)
    {
        foreach (AgentTask task in state.Round is { } over && facts.Rules.GoesOn(over.Number) ? over.Tasks.Values : [])
        {
            if (task.State is TaskState.Late or TaskState.Lost)
            {
                offers.Cancel(task, state.Round!.Number, CancelReason.RoundClosed, step);
            }
        }
    }
}
