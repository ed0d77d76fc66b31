using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Messages;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Evaluation;

/// <summary>
/// Has every model measured by every evaluator, one model at a time, oldest first, and at the end of the run the published one by its agents. No
/// round waits for it.
/// </summary>
/// <param name="isDrained">Whether an agent finishes what it has and gets nothing new.</param>
internal sealed class EvaluationHandler(RunFacts facts, LiveRun state, Func<string, bool> isDrained)
{
    /// <summary>Who has which models to measure.</summary>
    public MeasurementSchedule Schedule { get; } = new(facts, state, isDrained);

    /// <summary>How good models were measured to be.</summary>
    public ModelQuality Quality => field ??= new ModelQuality(facts, state, Schedule.MayBeMeasured);

    /// <summary>Called once a measurement is stored.</summary>
    public Action OnMeasured { get; set; } = static () => { };

    /// <summary>Gives everybody who is idle and has a model to measure the next one.</summary>
    public void Pump(Step step)
    {
        foreach (KnownAgent evaluator in Schedule.Everybody)
        {
            Pump(evaluator, step);
        }
    }

    /// <summary>Gives somebody the next model to measure, if it is idle and there is one.</summary>
    private void Pump(string evaluator, Step step) => Pump(state.Agents[evaluator], step);

    private void Pump(KnownAgent evaluator, Step step)
    {
        if (!state.Paused && evaluator is { Present: true, Silent: false, Quarantined: false }
            && state.Measurements.Of(evaluator.Name) is null && Schedule.Next(evaluator) is { } round)
        {
            AgentTask? earlier = state.Measurements.Find(round, evaluator.Name);
            (int attempt, int epoch) = ((earlier?.Attempt ?? 0) + 1, (earlier?.LeaseEpoch ?? 0) + 1);
            Offer(round, new AgentTask(evaluator.Name, attempt, epoch, TaskState.Offered, step.Now, step.Now), step);
        }
    }

    /// <summary>What an agent's journal holds of measuring; null: nothing.</summary>
    public OpenTask? Held(AgentHello hello) =>
        (hello.Journal is null ? hello.Tasks : hello.Tasks.Prepend(hello.Journal)).FirstOrDefault(open => Concerns(open, hello.Header.AgentId));

    /// <summary>Whether a journal's task is the measurement that its agent is at.</summary>
    public bool Concerns(OpenTask open, string agent) => open.RunId == facts.RunId
        && state.Measurements.Of(agent) is { } work && open.TaskId == facts.TaskId(TaskKind.Evaluate, work.Round, agent);

    /// <summary>An evaluator that came back goes on with what its journal holds, or gets the task again.</summary>
    public void AgentAvailable(string agent, OpenTask? journal, bool newProcess, Step step)
    {
        if (state.Measurements.Of(agent) is { } work)
        {
            bool held = journal is not null && journal.TaskId == facts.TaskId(TaskKind.Evaluate, work.Round, agent)
                && journal.LeaseEpoch == work.Task.LeaseEpoch;
            if (held)
            {
                Save(work.Round, work.Task with { State = TaskState.Accepted, LastHeard = step.Now }, step);
            }
            else if (work.Task.State == TaskState.Offered)
            {
                Offer(work.Round, work.Task with { OfferedAt = step.Now }, step, isRepeated: true);
            }
            else if (newProcess)
            {
                Save(work.Round, work.Task with { State = TaskState.Lost, EndCode = "Restarted" }, step);
            }
        }

        Pump(agent, step);
    }

    /// <summary>After a take-over: sends again what evaluators may have missed.</summary>
    public void Resume(Step step)
    {
        foreach ((int round, AgentTask task) in state.Measurements.UnderWay.Where(work => work.Task.State == TaskState.Offered))
        {
            step.Store.Enqueue(new OutboxRow { Kind = nameof(TaskOffer), Agent = task.Agent, Round = round });
        }

        Pump(step);
    }

    /// <summary>The run is over: evaluators at work are told to stop.</summary>
    public void CancelAll(Step step)
    {
        foreach ((int round, AgentTask task) in state.Measurements.UnderWay)
        {
            MessageHeader header = facts.Stamp.About(
                nameof(TaskCancelled), task.Agent, facts.RunId, round, facts.TaskId(TaskKind.Evaluate, round, task.Agent),
                task.Attempt, task.LeaseEpoch, facts.Term);
            step.Send(task.Agent, new TaskCancelled { Header = header, Reason = CancelReason.RunStopped }, round);
        }
    }

    public void AgentGone(string agent, string code, Step step)
    {
        if (state.Measurements.Of(agent) is { } work)
        {
            Save(work.Round, work.Task with { State = TaskState.Lost, EndCode = code }, step);
        }
    }

    public void EndSilent(Step step)
    {
        foreach (AgentTask overdue in state.Measurements.Overdue(step.Now, facts.Rules))
        {
            AgentGone(overdue.Agent, "LeaseExpired", step);
        }

        Pump(step);
    }

    /// <summary>The evaluator is at work, or will not or could not; false if this is not its present task.</summary>
    public bool Heard(MessageHeader header, TaskState becomes, string? code, Step step, string? detail = null)
    {
        if (state.Measurements.Of(header.AgentId) is not { } work
            || header.TaskId != facts.TaskId(TaskKind.Evaluate, work.Round, header.AgentId)
            || header.LeaseEpoch != work.Task.LeaseEpoch)
        {
            return false;
        }

        Save(work.Round, work.Task with { State = becomes, LastHeard = step.Now, EndCode = code }, step);
        if (becomes != TaskState.Accepted)
        {
            RunEventKind kind = !Schedule.IsEvaluator(header.AgentId) ? RunEventKind.AgentMeasured
                : becomes == TaskState.Declined ? RunEventKind.TaskDeclined
                : RunEventKind.TaskFailed;
            step.Event(kind, work.Round, header.AgentId, code, detail);
            Pump(header.AgentId, step);
        }

        return true;
    }

    /// <summary>Takes figures in. Idempotent on (round, agent). Returns whether the message was about a measurement.</summary>
    public bool Result(ResultReady result, Step step)
    {
        (string agent, int round) = (result.Header.AgentId, result.Header.Round);
        if (result.Header.TaskId != facts.TaskId(TaskKind.Evaluate, round, agent))
        {
            return false;
        }

        if (state.Measurements.Find(round, agent) is not { } task)
        {
            Answer(result, RejectionCode.Unauthorized, $"Agent '{agent}' was not asked to measure the model of round {round}.", step);
            return true;
        }

        if (state.Measured.Contains((round, agent)))
        {
            Answer(result, RejectionCode.Duplicate, $"Agent '{agent}' has measured the model of round {round} before.", step);
            return true;
        }

        if (ResultFigures.Wrong(result, facts.Options.Labels.Count) is { } wrong)
        {
            Answer(result, RejectionCode.Invalid, wrong, step);
            Save(round, task with { State = TaskState.Failed, EndCode = nameof(RejectionCode.Invalid) }, step);
            return true;
        }

        facts.Telemetry.Arrived(result);
        state.Measured.Add((round, agent));
        bool central = Schedule.IsEvaluator(agent);
        step.Store.AddEvaluation(new StoredEvaluation(round, agent, result.Examples, result.Metrics), onOwnData: !central);
        if (central)
        {
            Quality.MeasuredCentrally(round, agent, result.Metrics);
        }
        else
        {
            Quality.MeasuredAtAgent(round, agent, result.Metrics);
        }

        Save(round, task with { State = TaskState.Done, DoneAt = step.Now, LastHeard = step.Now }, step);
        step.Event(new RunEvent
        {
            RunId = facts.RunId,
            Sequence = 0,
            ElapsedMs = step.Now,
            Kind = central ? RunEventKind.Evaluated : RunEventKind.AgentMeasured,
            Round = round,
            Code = result.Metrics.KeepsOwn && !central ? nameof(ResultMetrics.KeepsOwn) : null,
            LocalAccuracy = result.Metrics.LocalAccuracy,
            LocalLoss = result.Metrics.LocalLoss,
            AgentId = agent,
            GlobalAccuracy = result.Metrics.GlobalAccuracy,
            Loss = result.Metrics.GlobalLoss,
            GlobalLoss = result.Metrics.GlobalLoss,
            GlobalBitsPerByte = result.Metrics.GlobalBitsPerByte,
            Examples = result.Metrics.HeldOut,
        });
        step.Send(agent, new ResultAck { Header = facts.Stamp.Like(result.Header, nameof(ResultAck), facts.Term) }, round);
        step.Afterwards.Add(OnMeasured);
        Pump(agent, step);
        return true;
    }

    /// <summary>The offer of a measurement as it stands now; absent if it is over or newer.</summary>
    public TaskOffer? Offer(string agent, int round, long now)
    {
        if (state.Measurements.Find(round, agent) is not { State: TaskState.Offered } task
            || !state.Models.TryGetValue(round, out StoredModel? model))
        {
            return null;
        }

        MessageHeader header = facts.Stamp.About(
            nameof(TaskOffer), agent, facts.RunId, round, facts.TaskId(TaskKind.Evaluate, round, agent), task.Attempt, task.LeaseEpoch, facts.Term);
        bool central = Schedule.IsEvaluator(agent);
        TaskOffer offer = OfferMaker.Offer(
            facts,
            TaskKind.Evaluate,
            header,
            model,
            model.Claim,
            facts.Lora,
            central ? [] : [.. state.Needs(facts.Options).Rules.Where(rule => rule.KeepB)],
            Math.Max(1, task.LeaseEnd(facts.Rules) - now),
            central || state.EndBy is not { } end ? facts.Rules.HardDeadlineMs : Math.Max(1, end - now),
            seed: 0);
        return central ? offer : offer with
        {
            Published = state.Published?.Round == round,
            LabelCounts = facts.Options.Labels.Count > 0,
            DataSet = facts.Terms.DataSet,
            MaxTokens = facts.Options.Training.MaxTokens,
            MinContract = Math.Max(offer.MinContract, ContractVersion.FinalMeasures),
        };
    }

    /// <summary>When a lease is to be looked at, run clock in milliseconds; absent: no evaluator is at work.</summary>
    public long? NextTimer => state.Measurements.NextCheck;

    private void Offer(int round, AgentTask task, Step step, bool isRepeated = false)
    {
        Save(round, task, step);
        step.Store.Enqueue(new OutboxRow { Kind = nameof(TaskOffer), Agent = task.Agent, Round = round });
        if (!isRepeated && Schedule.IsEvaluator(task.Agent))
        {
            step.Event(RunEventKind.TaskOffered, round, task.Agent, nameof(TaskKind.Evaluate), $"attempt {task.Attempt}");
        }
    }

    private void Save(int round, AgentTask task, Step step)
    {
        AgentTask? before = state.Measurements.Find(round, task.Agent);
        state.Measurements.Set(round, task, facts.Rules);
        if (before is null || before with { LastHeard = 0 } != task with { LastHeard = 0 })
        {
            step.Store.SaveTask(round, nameof(TaskKind.Evaluate), task);
        }
    }

    private void Answer(ResultReady result, RejectionCode code, string detail, Step step)
    {
        MessageHeader header = facts.Stamp.Like(result.Header, nameof(ResultRejected), facts.Term, code.ToString());
        step.Answer(result.Header.AgentId, new ResultRejected { Header = header, Code = code, Detail = detail }, header);
    }
}
