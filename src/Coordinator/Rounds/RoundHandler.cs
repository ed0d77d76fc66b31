using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Carries a round: asks <see cref="RoundMachine"/>, and lets its decisions be carried out in one step.</summary>
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
    private readonly RoundDecisionWriter decisions = new(facts, new RankAssignment(facts, state), offers);
    private readonly RoundPlanning planning = new(facts, state, evaluations, finish, secrets, offers, late);

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

    /// <inheritdoc cref="RoundPlanning.Plan"/>
    public void Plan(int last, Step step)
    {
        if (planning.Plan(last, step))
        {
            Apply(new RoundInput.Tick(), step);
        }
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
        commit.Commit(round, aggregated, planning.IsLast(round.Number), step);
        step.Afterwards.Add(() => OnOver(round.Number));
        evaluations.Pump(step);
        Plan(round.Number, step);
    }

    /// <summary>
    /// Starts the aggregation of a frozen round, once it is stored that it was begun. One that has been begun several times and never came to an
    /// end took its coordinators with it, for want of memory perhaps: the round ends instead.
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

    /// <inheritdoc cref="RoundPlanning.Measured"/>
    public void Measured(Step step) => planning.Measured(step);

    private void Carry(RoundDecision decision, Round round, Step step, (string Agent, string Detail)? said)
    {
        switch (decision)
        {
            case RoundDecision.Freeze:
                freeze.Freeze(round, step);
                step.Afterwards.Add(() => requestAggregation(round.Number));
                break;
            case RoundDecision.Skipped skipped:
                Skip(round, skipped.Reason, step);
                break;
            default:
                decisions.Write(decision, round, step, said);
                break;
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
}
