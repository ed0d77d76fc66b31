using System.Globalization;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Rounds;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Carries a round: asks <see cref="RoundMachine"/>, and turns its decisions into writes, messages and events of one step.</summary>
internal sealed class RoundDesk(RunFacts facts, LiveRun state, EvaluationDesk evaluations, SecretSource secrets, Action<int> requestAggregation, Action<int> startAggregation)
{
    /// <summary>How often a round's aggregation is begun, by one coordinator after another.</summary>
    private const int MostAggregations = 3;

    /// <summary>Called with agents that a freeze has found out of bounds.</summary>
    public Action<string, Step> OnOutlier { get; set; } = static (_, _) => { };

    private PrivacyRunOptions? Privacy => facts.Options.Privacy;

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

        RoundStep stepped = RoundMachine.Apply(before, input, step.Now, facts.Rules);
        state.Round = stepped.Round;
        if (!stepped.Decisions.IsEmpty || stepped.Round.IsWorthStoringAfter(before))
        {
            step.Store.SaveRound(before, stepped.Round);
        }

        foreach (RoundDecision decision in stepped.Decisions)
        {
            Carry(decision, stepped.Round, step, said);
        }
    }

    /// <summary>Opens the run's first round for waiting, or the one after <paramref name="last"/>; none if that was the last, or if the budget of a private run covers no other.</summary>
    public void Plan(int last, Step step)
    {
        EndLate(step);
        NoteStandings(step);
        if (IsLast(last))
        {
            state.EndBy = step.Now + RunFacts.Milliseconds(facts.Options.Rounds.EvaluationTimeout);
            return;
        }

        int needed = last == 0 ? facts.Options.Rounds.MinAgents : facts.Options.Rounds.RequiredOf(facts.Options.Rounds.MinAgents);
        KeepLate();
        Round planned = Round.Plan(
            last + 1, needed, step.Now + facts.Rules.StartTimeoutMs, state.Round?.MedianTaskMs ?? 0, state.Trainers,
            state.LateTasks.Values.Where(task => task.State == TaskState.Late).Select(task => task.Agent), state.Standings);
        planned = WithSamplingKey(planned) with { Granted = [] };
        state.Round = planned;
        state.Results.Clear();
        state.Refusals.Clear();
        step.Store.AddRound(planned);
        Apply(new RoundInput.Tick(), step);
    }

    /// <summary>Remembers of the round that is over who took and did its task: the next counts on those.</summary>
    private void NoteStandings(Step step)
    {
        foreach (AgentTask task in state.Round?.Tasks.Values ?? [])
        {
            if (state.Agents.TryGetValue(task.Agent, out KnownAgent? before) && before.After(task, state.Round!.Done >= state.Round.Goal) is var after && after != before)
            {
                state.Agents[task.Agent] = after;
                step.Store.SaveAgent(after);
            }
        }
    }

    /// <summary>After a take-over: sends again what agents may have missed, and aggregates a frozen manifest again.</summary>
    public void Resume(Step step)
    {
        if (state.Round is not { } round)
        {
            return;
        }

        state.Round = round.State == RoundState.Planned ? WithSamplingKey(round) : round;

        // A crash may have come between a round's end and the removal of its updates.
        step.Afterwards.Add(() => OnOver(round.Number - 1));
        if (round.State is RoundState.Frozen or RoundState.Aggregating)
        {
            BeginAggregation(round, step);
        }

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
            LeaveOut(round, result, step);
        }

        RoundFigures figures = RoundLedger.Figures(facts, state, round, aggregated, step.Now);
        StoredModel model = aggregated.ToModel(figures);
        step.Store.AddModel(model);
        ForgetNoise(round.Number, step);
        step.Store.Effect("commit");
        state.Models.Add(round.Number, model.WithoutReports());
        state.Broadcast = aggregated.Adapter;
        state.MedianNorm = aggregated.MedianNorm;
        step.Event(new RunEvent { RunId = facts.RunId, Sequence = 0, ElapsedMs = step.Now, Kind = RunEventKind.RoundCommitted, Round = round.Number, Figures = figures });
        Announce(round.Number, aggregated, step);
        step.Afterwards.Add(() => OnOver(round.Number));
        evaluations.Pump(step);
        Plan(round.Number, step);
    }

    private void Carry(RoundDecision decision, Round round, Step step, (string Agent, string Detail)? said)
    {
        switch (decision)
        {
            case RoundDecision.Opened:
                step.Event(RunEventKind.RoundOpened, round.Number, detail: $"{round.Tasks.Count} agents asked, {round.Goal} results wanted, {round.Quorum} needed");
                step.Store.Effect("open");
                break;
            case RoundDecision.SendOffer offer:
                step.Store.Enqueue(new OutboxRow { Kind = nameof(TaskOffer), Agent = offer.Task.Agent, Round = round.Number });
                step.Event(RunEventKind.TaskOffered, round.Number, offer.Task.Agent, detail: $"attempt {offer.Task.Attempt}");
                break;
            case RoundDecision.SendCancel cancel:
                MessageHeader header = TaskHeader(nameof(TaskCancelled), round.Number, cancel.Task);
                step.Send(cancel.Task.Agent, new TaskCancelled { Header = header, Reason = CancelReason.RoundClosed }, round.Number);
                break;
            case RoundDecision.TaskEnded ended:
                step.Event(Event(ended.Task.State), round.Number, ended.Task.Agent, ended.Task.EndCode, said?.Agent == ended.Task.Agent ? said?.Detail : null);
                break;
            case RoundDecision.Freeze:
                Freeze(round, step);
                break;
            case RoundDecision.Extended:
                step.Event(RunEventKind.RoundExtended, round.Number, detail: $"extension {round.Extension} of {facts.Rules.Extensions}; {round.Answered(facts.Rules)} of {round.Quorum} results needed are in");
                step.Store.Effect("extend");
                break;
            case RoundDecision.Skipped skipped:
                Skip(round, skipped.Reason, step);
                break;
        }
    }

    /// <summary>Writes down what will be aggregated, in the order of agents' names, and who is left out for a change far from the others'; in a private run nobody, and the noise instead.</summary>
    private void Freeze(Round round, Step step)
    {
        ManifestEntry[] manifest = RoundManifest.Of([.. state.Results.Values], facts.Options);
        if (Privacy is not null)
        {
            step.Store.AddNoise(round.Number, secrets(SecretUse.Noise, round.Number));
            state.NoisySums++;
        }

        step.Store.SaveManifest(round.Number, manifest);
        step.Event(RunEventKind.RoundFrozen, round.Number, detail: Said(manifest));
        foreach (ManifestEntry outlier in manifest.Where(entry => entry.Reason is not null))
        {
            state.Refusals[outlier.Agent] = outlier.Reason!;
            step.Store.SaveRefusal(round.Number, outlier.Agent, outlier.Reason!);
            step.Event(RunEventKind.ResultRejected, round.Number, outlier.Agent, "Invalid", outlier.Reason);
            OnOutlier(outlier.Agent, step);
        }

        EndLate(step);
        step.Store.Effect("freeze");
        step.Afterwards.Add(() => requestAggregation(round.Number));
    }

    /// <summary>
    /// Starts the aggregation of a frozen round, once it is stored that it was begun. One that has been begun several times and never came to an end took its coordinators with it, for
    /// want of memory perhaps: the round ends instead.
    /// </summary>
    public void BeginAggregation(int number, Step step)
    {
        if (state.Round is { } round && round.Number == number)
        {
            BeginAggregation(round, step);
        }
    }

    private void BeginAggregation(Round round, Step step)
    {
        if (round.Aggregations >= MostAggregations)
        {
            Apply(new RoundInput.AggregationFailed(
                $"the aggregation was begun {round.Aggregations} times and the coordinator ended each time before it was done; is there enough memory for {state.Results.Count} updates?"), step);
            return;
        }

        Apply(new RoundInput.AggregationBegun(), step);
        if (state.Round is { State: RoundState.Aggregating } begun && begun.Number == round.Number)
        {
            step.Afterwards.Add(() => startAggregation(round.Number));
        }
    }

    /// <summary>What is in the manifest, and who weighs less than its examples, for people.</summary>
    private string Said(ManifestEntry[] manifest)
    {
        string[] capped =
        [
            .. manifest.Where(entry => entry.Weight is not null)
                .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Agent} with {entry.Weight:0.#} of its {state.Results[entry.Agent].Examples} examples")),
        ];
        string counted = $"{manifest.Count(entry => entry.Reason is null)} updates in the manifest";
        return capped.Length == 0 ? counted : Text.Cut($"{counted}; counted less than stated: {string.Join(", ", capped)}");
    }

    /// <summary>What could not be merged is left out of the manifest too, told, and held against its agent if what it holds is to blame.</summary>
    private void LeaveOut(Round round, UnmergedResult result, Step step)
    {
        string reason = Text.Cut(result.Reason);
        state.Refusals[result.Agent] = reason;
        step.Store.SaveRefusal(round.Number, result.Agent, reason);
        step.Store.LeaveOut(round.Number, result.Agent, reason);
        step.Event(RunEventKind.ResultRejected, round.Number, result.Agent, "Invalid", reason);
        if (result.IsFault)
        {
            OnOutlier(result.Agent, step);
        }
    }

    /// <summary>An agent's work for the round before is over: its result counts, or there will be none.</summary>
    /// <param name="end">How it ended without a result; null if it has one.</param>
    public void EndLate(string agent, TaskState? end, Step step)
    {
        if (state.LateTasks.Remove(agent, out AgentTask? task))
        {
            if (end is null && state.Agents.TryGetValue(agent, out KnownAgent? worker))
            {
                state.Agents[agent] = worker with { Took = true, Unanswered = false, Missed = 0 };
                step.Store.SaveAgent(state.Agents[agent]);
            }

            if (end is { } ended)
            {
                step.Store.SaveTask(state.Round!.Number - 1, nameof(TaskKind.Train), task with { State = ended });
            }

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

    /// <summary>Tells agents at work for the round before to stop.</summary>
    public void CancelLate(Step step) => EndLate(step);

    /// <summary>Nothing of the round before can count any more.</summary>
    private void EndLate(Step step)
    {
        foreach (AgentTask task in state.LateTasks.Values)
        {
            int round = state.Round!.Number - 1;
            step.Send(task.Agent, new TaskCancelled { Header = TaskHeader(nameof(TaskCancelled), round, task), Reason = CancelReason.RoundClosed }, round);
        }

        state.LateTasks.Clear();
    }

    /// <summary>What was not done in the round that is over may count in the next.</summary>
    private void KeepLate()
    {
        foreach (AgentTask task in facts.Rules.KeepLate && state.Round is { } over ? over.Tasks.Values.Where(task => task.State is TaskState.Late or TaskState.Lost) : [])
        {
            state.LateTasks.Add(task.Agent, task);
        }
    }

    /// <summary>The model of the round before stands. If not even the first round found its agents, the run has failed.</summary>
    private void Skip(Round round, string reason, Step step)
    {
        step.Event(RunEventKind.RoundSkipped, round.Number, detail: reason);
        step.Store.Effect("skip");
        ForgetNoise(round.Number, step);
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

    private void Announce(int round, AggregatedRound aggregated, Step step)
    {
        foreach (KnownAgent agent in state.Agents.Values.Where(agent => agent.Present && !agent.Quarantined))
        {
            step.Send(
                agent.Name,
                new RoundCommitted
                {
                    Header = facts.Stamp.About(nameof(RoundCommitted), agent.Name, facts.RunId, round, term: facts.Term),
                    Model = aggregated.Model,
                    BaseDelta = aggregated.BaseDelta,
                    CommitSha256 = aggregated.ToModel(null).CommitSha256,
                    Divergence = aggregated.Divergence?.Used,
                    Epsilon = aggregated.Epsilon,
                    Delta = Privacy?.Delta,
                    LastRound = IsLast(round),
                },
                round);
        }
    }

    /// <summary>The offer of a task as it stands now, with the time that is left now; absent if the task is over or newer.</summary>
    public TaskOffer? Offer(string agent, int number, long now)
    {
        if (state.Round is not { IsOpen: true } round || round.Number != number || round.Tasks.GetValueOrDefault(agent) is not { State: TaskState.Offered } task)
        {
            return null;
        }

        return OfferMaker.Offer(
            facts,
            TaskKind.Train,
            TaskHeader(nameof(TaskOffer), number, task),
            state.Models[state.NewestModel],
            state.Needs(facts.Options).Rules,
            Math.Max(1, task.LeaseEnd(facts.Rules) - now),
            Math.Max(1, round.HardDeadline + ((facts.Rules.Extensions - round.Extension) * facts.Rules.SoftDeadlineMs) + facts.Rules.LateMs(number) - now),
            facts.TrainingSeed(number, agent));
    }

    private bool IsLast(int round) => round >= facts.Options.Rounds.Count || Privacy?.CoversOneAfter(state.NoisySums) == false;

    private Round WithSamplingKey(Round round) => Privacy is null ? round : round with { SamplingKey = secrets(SecretUse.Sampling, round.Number) };

    private void ForgetNoise(int round, Step step)
    {
        if (Privacy is not null)
        {
            step.Store.ForgetNoise(round);
        }
    }

    public MessageHeader TaskHeader(string kind, int round, AgentTask task) => facts.Stamp.About(
        kind, task.Agent, facts.RunId, round, facts.TaskId(TaskKind.Train, round, task.Agent), task.Attempt, task.LeaseEpoch, facts.Term);

    private static RunEventKind Event(TaskState ended) => ended switch
    {
        TaskState.Declined => RunEventKind.TaskDeclined,
        TaskState.Failed => RunEventKind.TaskFailed,
        TaskState.Rejected => RunEventKind.ResultRejected,
        _ => RunEventKind.TaskLost,
    };
}
