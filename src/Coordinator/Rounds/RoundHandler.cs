using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Carries a round: asks <see cref="RoundMachine"/>, and turns its decisions into writes, messages and events of one step.</summary>
/// <param name="requestAggregation">Asks for the aggregation of a round that was frozen, which begins in a step of its own.</param>
/// <param name="startAggregation">Starts it, once it is stored that it was begun.</param>
internal sealed class RoundHandler(
    RunFacts facts,
    LiveRun state,
    EvaluationHandler evaluations,
    RunFinish finish,
    RoundSecrets secrets,
    TrainingOffers offers,
    LateTasks late,
    RoundFreeze freeze,
    RoundCommit commit,
    Action<int> requestAggregation,
    Action<int> startAggregation)
{
    /// <summary>How often a round's aggregation is begun, by one coordinator after another.</summary>
    public const int MaxAggregations = 3;

    private readonly RankAssignment ranks = new(facts, state);

    /// <summary>Called with each round that is over, once that is stored.</summary>
    public Action<int> OnOver { get; set; } = static _ => { };

    /// <summary>Applies one event to the present round. Does nothing if there is none.</summary>
    /// <param name="said">What an agent said about the end of its task, for people.</param>
    public void Apply(RoundInput input, Step step, (string Agent, string Detail)? said = null)
    {
        if (state.Round is not { } before)
        {
            return;
        }

        RoundStep stepped = ranks.Assigned(RoundMachine.Apply(before, input, step.Now, facts.Rules));
        state.Round = stepped.Round;
        state.Touched.UnionWith(stepped.Round.Changed);
        if (!stepped.Decisions.IsEmpty || stepped.Round.IsWorthStoringAfter(before))
        {
            step.Store.SaveRound(before, stepped.Round);
        }

        foreach (RoundDecision decision in stepped.Decisions)
        {
            Carry(decision, stepped.Round, step, said);
        }
    }

    /// <summary>
    /// Opens the run's first round for waiting, or the one after <paramref name="last"/>; none if that was the last, or if the budget of a private
    /// run
    /// covers no other.
    /// </summary>
    public void Plan(int last, Step step)
    {
        late.CancelAll(step);
        NoteStandings(step);
        if (IsLast(last))
        {
            StopLateWork(step);
            finish.Begin(WhyEarly(last), step);
            return;
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
        Apply(new RoundInput.Tick(), step);
    }

    /// <summary>After a take-over: sends again what agents may have missed, and aggregates a frozen manifest again.</summary>
    public void Resume(Step step)
    {
        if (state.Round is not { } round)
        {
            return;
        }

        state.Round = round.State == RoundState.Planned ? secrets.WithSamplingKey(round) : round;

        // A crash may have come between a round's end and the removal of its updates.
        step.Afterwards.Add(() => OnOver(round.Number - 1));
        if (round.IsOpen && round.Number == facts.Terms.AbandonedRound)
        {
            Abandon(round, step);
            return;
        }

        if (round.State is RoundState.Frozen or RoundState.Aggregating)
        {
            BeginAggregation(round, step);
        }

        offers.MakeAgain(round);
        foreach (AgentTask task in round.IsOpen ? round.Tasks.Values.Where(task => task.State == TaskState.Offered) : [])
        {
            step.Store.Enqueue(new OutboxRow { Kind = nameof(TaskOffer), Agent = task.Agent, Round = round.Number });
        }

        Apply(new RoundInput.Tick(), step);
    }

    /// <summary>The manifest has its model: the round's one commit.</summary>
    public void Commit(AggregatedRound aggregated, Step step)
    {
        if (state.Round is not { } round || round.Number != aggregated.Round || round.State is not (RoundState.Frozen or RoundState.Aggregating))
        {
            return;
        }

        Apply(new RoundInput.Aggregated(), step);
        foreach (UnmergedResult result in aggregated.LeftOut)
        {
            freeze.LeaveOut(round, result, step);
        }

        evaluations.Quality.Counted(
            state.NewestModel, aggregated.Accepted.Select(agent => state.Results.GetValueOrDefault(agent)).OfType<StoredResult>());
        commit.Commit(round, aggregated, IsLast(round.Number), step);
        step.Afterwards.Add(() => OnOver(round.Number));
        evaluations.Pump(step);
        Plan(round.Number, step);
    }

    /// <summary>
    /// Starts the aggregation of a frozen round, once it is stored that it was begun. One that has been begun several times and never came to an
    /// end took
    /// its coordinators with it, for want of memory perhaps: the round ends instead.
    /// </summary>
    public void BeginAggregation(int number, Step step)
    {
        if (state.Round is { } round && round.Number == number)
        {
            BeginAggregation(round, step);
        }
    }

    /// <summary>An agent's work for the round before is over: its result counts, or there will be none.</summary>
    /// <param name="end">How it ended without a result; null if it has one.</param>
    public void EndLate(string agent, TaskState? end, Step step)
    {
        if (late.End(agent, end, step))
        {
            Apply(new RoundInput.AgentFree(agent), step);
        }
    }

    /// <summary>A planned round waits for its agents from now on: the time before did not count.</summary>
    public void RestartWaiting(Step step)
    {
        if (state.Round is { State: RoundState.Planned } planned)
        {
            state.Round = planned with { HardDeadline = step.Now + facts.Rules.StartTimeoutMs };
            Apply(new RoundInput.Tick(), step);
        }
    }

    private void Carry(RoundDecision decision, Round round, Step step, (string Agent, string Detail)? said)
    {
        switch (decision)
        {
            case RoundDecision.Opened:
                step.Event(
                    RunEventKind.RoundOpened,
                    round.Number,
                    detail: $"{round.Tasks.Count} agents asked, {round.Goal} results wanted, {round.Quorum} needed");
                step.Store.Effect("open");
                break;
            case RoundDecision.SendOffer offer:
                step.Store.Enqueue(new OutboxRow { Kind = nameof(TaskOffer), Agent = offer.Task.Agent, Round = round.Number });
                step.Event(
                    RunEventKind.TaskOffered,
                    round.Number,
                    offer.Task.Agent,
                    detail: $"attempt {offer.Task.Attempt}{ranks.Said(round.Tasks[offer.Task.Agent])}");
                break;
            case RoundDecision.SendCancel cancel:
                offers.Cancel(cancel.Task, round.Number, CancelReason.RoundClosed, step);
                break;
            case RoundDecision.TaskEnded ended:
                step.Event(
                    Event(ended.Task.State),
                    round.Number,
                    ended.Task.Agent,
                    ended.Task.EndCode,
                    said?.Agent == ended.Task.Agent ? said?.Detail : null);
                break;
            case RoundDecision.Freeze:
                freeze.Freeze(round, step);
                step.Afterwards.Add(() => requestAggregation(round.Number));
                break;
            case RoundDecision.Extended:
                step.Event(
                    RunEventKind.RoundExtended, round.Number,
                    detail: $"extension {round.Extension} of {facts.Rules.Extensions}; {round.Answered(facts.Rules)} of {round.Quorum} results "
                        + $"needed are in");
                step.Store.Effect("extend");
                break;
            case RoundDecision.Skipped skipped:
                Skip(round, skipped.Reason, step);
                break;
        }
    }

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

    private void BeginAggregation(Round round, Step step)
    {
        if (round.Aggregations >= MaxAggregations)
        {
            string reason = $"the aggregation was begun {round.Aggregations} times and the coordinator ended each time before it was done; "
                + $"is there enough memory for {state.Results.Count} updates?";
            Apply(new RoundInput.AggregationFailed(reason), step);
            return;
        }

        Apply(new RoundInput.AggregationBegun(), step);
        if (state.Round is { State: RoundState.Aggregating } begun && begun.Number == round.Number)
        {
            step.Afterwards.Add(() => startAggregation(round.Number));
        }
    }

    /// <summary>Gives up an open round of a restored private run: the sum of its draw may have been published already.</summary>
    private void Abandon(Round round, Step step)
    {
        foreach (AgentTask task in round.Tasks.Values.Where(task => task.AtWork))
        {
            offers.Cancel(task, round.Number, CancelReason.RoundClosed, step);
        }

        state.Round = round with { State = RoundState.Skipped };
        step.Store.SaveRound(round, state.Round);
        Skip(state.Round, "given up: the service was restored from a backup, and its sum may have been published since", step);
    }

    /// <summary>The model of the round before stands. If not even the first round found its agents, the run has failed.</summary>
    private void Skip(Round round, string reason, Step step)
    {
        step.Event(RunEventKind.RoundSkipped, round.Number, detail: reason);
        step.Store.Effect("skip");
        secrets.ForgetNoise(round.Number, step);
        step.Afterwards.Add(() => OnOver(round.Number));
        if (round.Number == 1 && round.Tasks.IsEmpty && state.NoisySums == 0)
        {
            string[] missing = [.. facts.Options.Rounds.ExpectedAgents.Except(state.Trainers, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            state.End = new RunEnd($"The run did not start: {reason} within {facts.Options.Rounds.StartTimeout}"
                + (missing.Length == 0 ? "." : $"; missing: {string.Join(", ", missing)}."));
            return;
        }

        Plan(round.Number, step);
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

    private bool IsLast(int round) => round >= facts.Options.Rounds.Count || secrets.IsSpent || evaluations.Quality.Stalled is not null;

    /// <summary>Why no round comes after one, in a sentence; null: all are done.</summary>
    private string? WhyEarly(int last) => last >= facts.Options.Rounds.Count ? null
        : secrets.IsSpent ? facts.Options.Privacy!.SpentAfter(state.NoisySums)
        : evaluations.Quality.Stalled;

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

    private static RunEventKind Event(TaskState ended) => ended switch
    {
        TaskState.Declined => RunEventKind.TaskDeclined,
        TaskState.Failed => RunEventKind.TaskFailed,
        TaskState.Rejected => RunEventKind.ResultRejected,
        _ => RunEventKind.TaskLost,
    };
}
