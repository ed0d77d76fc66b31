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

/// <summary>Has every model measured by every evaluator, one model at a time, oldest first. No round waits for it.</summary>
internal sealed class EvaluationDesk(RunFacts facts, LiveRun state)
{
    /// <summary>Whether a measurement is still to come: one that is possible, or of an evaluator that was expected and never came.</summary>
    public bool IsOutstanding =>
        Evaluators.Count(agent => !agent.Quarantined) < facts.Options.Rounds.Evaluators
        || Evaluators.Any(agent => Next(agent) is not null || AtWork(agent.Name) is not null);

    /// <summary>Called once a measurement is stored.</summary>
    public Action OnMeasured { get; set; } = static () => { };

    private IEnumerable<KnownAgent> Evaluators => state.Agents.Values.Where(agent => agent.Role == AgentRole.Evaluator);

    /// <summary>Whether somebody may still have the model of a round to measure: an evaluator that has not, or one that is expected and was never here.</summary>
    public bool MayBeMeasured(int round) =>
        Evaluators.Count() < facts.Options.Rounds.Evaluators || Evaluators.Any(agent => !agent.Quarantined && (IsOpen(round, agent) || AtWork(agent.Name)?.Round == round));

    /// <summary>Gives every idle evaluator its next model.</summary>
    public void Pump(Step step)
    {
        if (state.Paused)
        {
            return;
        }

        foreach (KnownAgent evaluator in Evaluators.Where(agent => agent.Present && !agent.Quarantined).ToArray())
        {
            if (AtWork(evaluator.Name) is null && Next(evaluator) is { } round)
            {
                AgentTask? earlier = state.EvaluationTasks.GetValueOrDefault((round, evaluator.Name));
                Offer(round, new AgentTask(evaluator.Name, (earlier?.Attempt ?? 0) + 1, (earlier?.LeaseEpoch ?? 0) + 1, TaskState.Offered, step.Now, step.Now), step);
            }
        }
    }

    /// <summary>An evaluator that came back goes on with what its journal holds, or gets the task again.</summary>
    public void AgentAvailable(string agent, OpenTask? journal, bool newProcess, Step step)
    {
        if (AtWork(agent) is { } work)
        {
            bool held = journal is not null && journal.TaskId == facts.TaskId(TaskKind.Evaluate, work.Round, agent) && journal.LeaseEpoch == work.Task.LeaseEpoch;
            if (held)
            {
                Save(work.Round, work.Task with { State = TaskState.Accepted, LastHeard = step.Now }, step);
            }
            else if (work.Task.State == TaskState.Offered)
            {
                Offer(work.Round, work.Task with { OfferedAt = step.Now }, step);
            }
            else if (newProcess)
            {
                Save(work.Round, work.Task with { State = TaskState.Lost, EndCode = "Restarted" }, step);
            }
        }

        Pump(step);
    }

    /// <summary>After a take-over: sends again what evaluators may have missed.</summary>
    public void Resume(Step step)
    {
        foreach (((int round, string agent), AgentTask task) in state.EvaluationTasks)
        {
            if (task.State == TaskState.Offered)
            {
                step.Store.Enqueue(new OutboxRow { Kind = nameof(TaskOffer), Agent = agent, Round = round });
            }
        }

        Pump(step);
    }

    /// <summary>The run is over: evaluators at work are told to stop.</summary>
    public void CancelAll(Step step)
    {
        foreach (((int round, string agent), AgentTask task) in state.EvaluationTasks.Where(entry => entry.Value.AtWork).ToArray())
        {
            MessageHeader header = facts.Stamp.About(
                nameof(TaskCancelled), agent, facts.RunId, round, facts.TaskId(TaskKind.Evaluate, round, agent), task.Attempt, task.LeaseEpoch, facts.Term);
            step.Send(agent, new TaskCancelled { Header = header, Reason = CancelReason.RunStopped }, round);
        }
    }

    public void AgentGone(string agent, string code, Step step)
    {
        if (AtWork(agent) is { } work)
        {
            Save(work.Round, work.Task with { State = TaskState.Lost, EndCode = code }, step);
        }
    }

    public void EndSilent(Step step)
    {
        foreach (KnownAgent agent in Evaluators.ToArray())
        {
            if (AtWork(agent.Name) is { } work && step.Now >= work.Task.LeaseEnd(facts.Rules))
            {
                AgentGone(agent.Name, "LeaseExpired", step);
            }
        }

        Pump(step);
    }

    /// <summary>The evaluator is at work, or will not or could not; false if this is not its present task.</summary>
    public bool Heard(MessageHeader header, TaskState becomes, string? code, Step step, string? detail = null)
    {
        if (AtWork(header.AgentId) is not { } work
            || header.TaskId != facts.TaskId(TaskKind.Evaluate, work.Round, header.AgentId)
            || header.LeaseEpoch != work.Task.LeaseEpoch)
        {
            return false;
        }

        Save(work.Round, work.Task with { State = becomes, LastHeard = step.Now, EndCode = code }, step);
        if (becomes != TaskState.Accepted)
        {
            step.Event(becomes == TaskState.Declined ? RunEventKind.TaskDeclined : RunEventKind.TaskFailed, work.Round, header.AgentId, code, detail);
            Pump(step);
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

        if (!state.EvaluationTasks.TryGetValue((round, agent), out AgentTask? task))
        {
            Answer(result, RejectionCode.Unauthorized, $"Agent '{agent}' was not asked to measure the model of round {round}.", step);
            return true;
        }

        if (state.Evaluations.ContainsKey((round, agent)))
        {
            Answer(result, RejectionCode.Duplicate, $"Agent '{agent}' has measured the model of round {round} before.", step);
            return true;
        }

        if (ResultFigures.Wrong(result) is { } wrong)
        {
            Answer(result, RejectionCode.Invalid, wrong, step);
            Save(round, task with { State = TaskState.Failed, EndCode = nameof(RejectionCode.Invalid) }, step);
            return true;
        }

        state.Evaluations.Add((round, agent), result.Metrics);
        step.Store.AddEvaluation(round, agent, result.Examples, result.Metrics);
        Save(round, task with { State = TaskState.Done, DoneAt = step.Now, LastHeard = step.Now }, step);
        step.Event(new RunEvent
        {
            RunId = facts.RunId,
            Sequence = 0,
            ElapsedMs = step.Now,
            Kind = RunEventKind.Evaluated,
            Round = round,
            AgentId = agent,
            GlobalAccuracy = result.Metrics.GlobalAccuracy,
            Loss = result.Metrics.GlobalLoss,
            GlobalLoss = result.Metrics.GlobalLoss,
            GlobalBitsPerByte = result.Metrics.GlobalBitsPerByte,
            Examples = result.Metrics.HeldOut,
        });
        step.Send(agent, new ResultAck { Header = facts.Stamp.Like(result.Header, nameof(ResultAck), facts.Term) }, round);
        step.Afterwards.Add(OnMeasured);
        Pump(step);
        return true;
    }

    /// <summary>The offer of a measurement as it stands now; absent if it is over or newer.</summary>
    public TaskOffer? Offer(string agent, int round, long now)
    {
        if (state.EvaluationTasks.GetValueOrDefault((round, agent)) is not { State: TaskState.Offered } task || !state.Models.TryGetValue(round, out StoredModel? model))
        {
            return null;
        }

        MessageHeader header = facts.Stamp.About(
            nameof(TaskOffer), agent, facts.RunId, round, facts.TaskId(TaskKind.Evaluate, round, agent), task.Attempt, task.LeaseEpoch, facts.Term);
        return OfferMaker.Offer(facts, TaskKind.Evaluate, header, model, [], Math.Max(1, task.LeaseEnd(facts.Rules) - now), facts.Rules.HardDeadlineMs, seed: 0);
    }

    public long? NextTimer() => Evaluators
        .Select(agent => AtWork(agent.Name)?.Task.LeaseEnd(facts.Rules))
        .Min();

    private (int Round, AgentTask Task)? AtWork(string agent)
    {
        foreach (((int round, string name), AgentTask task) in state.EvaluationTasks)
        {
            if (name == agent && task.AtWork)
            {
                return (round, task);
            }
        }

        return null;
    }

    private int? Next(KnownAgent evaluator) => evaluator.Quarantined ? null : state.Models.Keys.Cast<int?>().FirstOrDefault(round => IsOpen(round!.Value, evaluator));

    /// <summary>Whether the evaluator may be given the model of a round: not measured, not at work on it, attempts left, and all of the model is still here.</summary>
    private bool IsOpen(int round, KnownAgent evaluator) =>
        !state.Evaluations.ContainsKey((round, evaluator.Name))
        && (!state.EvaluationTasks.TryGetValue((round, evaluator.Name), out AgentTask? task) || (!task.AtWork && task.Attempt < facts.Rules.MaxAttempts))
        && !(state.Models[round].BaseDelta is { } delta && state.RemovedBaseDeltas.Contains(delta.Sha256));

    private void Offer(int round, AgentTask task, Step step)
    {
        Save(round, task, step);
        step.Store.Enqueue(new OutboxRow { Kind = nameof(TaskOffer), Agent = task.Agent, Round = round });
        step.Event(RunEventKind.TaskOffered, round, task.Agent, nameof(TaskKind.Evaluate), $"attempt {task.Attempt}");
    }

    private void Save(int round, AgentTask task, Step step)
    {
        AgentTask? before = state.EvaluationTasks.GetValueOrDefault((round, task.Agent));
        state.EvaluationTasks[(round, task.Agent)] = task;
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
