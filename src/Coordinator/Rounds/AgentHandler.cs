using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Which agents of the fleet take part: judges whether they can, notes silence, and quarantines.</summary>
internal sealed class AgentHandler(
    RunFacts facts, LiveRun state, RoundHandler rounds, LateWork late, EvaluationHandler evaluations, RunHooks hooks)
{
    /// <summary>The fleet has let the agent in; whether it can do the tasks of this run is another matter. Idempotent on (agent, boot).</summary>
    public void Join(AgentHello hello, Step step)
    {
        string name = hello.Header.AgentId;
        KnownAgent? known = state.Agents.GetValueOrDefault(name);
        if (Admission.Judge(hello, known, facts.Admission) is not { Kind: AdmissionKind.Refuse } verdict)
        {
            state.Unfit = state.Unfit.Remove(name);
            Welcome(hello, known, step);
            return;
        }

        if (state.Unfit.GetValueOrDefault(name) != verdict.Human)
        {
            state.Unfit = state.Unfit.SetItem(name, verdict.Human);
            step.Event(RunEventKind.AgentRefused, agent: name, code: verdict.Code.ToString(), detail: verdict.Human);
        }

        if (known is { Present: true })
        {
            Leave(known, verdict.Code.ToString(), verdict.Human, step);
        }
    }

    /// <summary>The fleet takes an agent away.</summary>
    public void Withdraw(AgentWithdrawn withdrawn, Step step)
    {
        if (state.Agents.TryGetValue(withdrawn.Agent, out KnownAgent? known) && known.Present)
        {
            Leave(known, withdrawn.Code, withdrawn.Detail, step);
        }
    }

    /// <summary>After a take-over: the fleet may have taken agents away of which this run was told no more.</summary>
    public void WithdrawAway(Step step)
    {
        foreach (string name in state.Agents.Values.Where(agent => agent.Present).Select(agent => agent.Name).ToArray())
        {
            if (hooks.WhyAway(name) is { } away)
            {
                Withdraw(away, step);
            }
        }
    }

    /// <summary>
    /// An operator has changed an agent that is there, or this coordinator finds it there: its rank may follow from its labels, and one that was
    /// drained may measure again.
    /// </summary>
    public void Reconsider(AgentHello hello, Step step)
    {
        KnownAgent known = state.Agents[hello.Header.AgentId];
        if (new RankAssignment(facts, state).Of(hello, known) is { } rank && rank != known.Rank)
        {
            state.Agents[known.Name] = known with { Rank = rank };
            step.Store.SaveAgent(state.Agents[known.Name]);
        }

        evaluations.Pump(step);
    }

    /// <summary>A message of an agent: true if it counts, that is, comes from the process that was welcomed under this name.</summary>
    /// <param name="isResult">Whether it is a result: one that was on its way when its agent said goodbye counts.</param>
    public bool Heard(MessageHeader header, Step step, bool isResult = false)
    {
        if (!state.Agents.TryGetValue(header.AgentId, out KnownAgent? known) || known.Boot != header.BootId || known.Quarantined)
        {
            return false;
        }

        if (!known.Present && hooks.WhyAway(known.Name) is { } away)
        {
            // It is not back by that. One that is barred has been told so; one that does not fit would go on with its task for nobody.
            if (away.IsUnfit && header.TaskId != Guid.Empty)
            {
                MessageHeader answer = facts.Stamp.Like(header, nameof(TaskCancelled), facts.Term);
                step.Answer(header.AgentId, new TaskCancelled { Header = answer, Reason = CancelReason.Superseded }, answer);
            }

            return isResult && away.HasLeft;
        }

        state.Agents[known.Name] = known with { LastHeard = step.Now, Present = true, Silent = false };
        if (known is { Present: true, Silent: true })
        {
            HeardAgain(known, step);
        }

        if (!known.Present)
        {
            Watch(state.Agents[known.Name]);
            step.Store.SaveAgent(state.Agents[known.Name]);
            step.Event(RunEventKind.AgentJoined, agent: known.Name, detail: "heard again");
            HeardAgain(known, step);
        }

        return true;
    }

    /// <summary>Notes who has been silent for longer than the grace.</summary>
    public void EndSilent(Step step)
    {
        foreach (string name in state.Silences.TakeDue(step.Now))
        {
            KnownAgent agent = state.Agents[name];
            if (agent.Present && step.Now >= agent.LastHeard + facts.GraceMs)
            {
                Leave(agent, "Silent", $"not heard for {step.Now - agent.LastHeard} ms", step);
            }
            else if (agent is { Present: true, Silent: false } && step.Now >= agent.LastHeard + facts.SilenceMs)
            {
                BecomeSilent(agent, step);
            }

            Watch(state.Agents[name]);
        }
    }

    /// <summary>The agent's process is gone, or cut off: nobody waits for it until it is heard, and its lease stays.</summary>
    public void CutOff(AgentCutOff cut, Step step)
    {
        if (state.Agents.TryGetValue(cut.Agent, out KnownAgent? known) && known.Boot == cut.Boot && known is { Present: true, Silent: false })
        {
            BecomeSilent(known, step);
        }
    }

    /// <summary>The broker has no queue of the agent: nothing that is sent to it can arrive.</summary>
    public void Unreachable(string name, Step step)
    {
        if (state.Agents.TryGetValue(name, out KnownAgent? agent) && agent.Present)
        {
            Leave(agent, "Unreachable", $"the broker has no queue {agent.ReplyQueue}", step);
        }
    }

    /// <summary>Counts an invalid result against its agent; too many, and it is out for the rest of the run.</summary>
    public void Strike(string name, Step step)
    {
        KnownAgent agent = state.Agents[name];
        agent = agent with { Strikes = agent.Strikes + 1 };
        agent = agent with { Quarantined = agent.Strikes >= facts.Options.Intake.Strikes };
        state.Agents[name] = agent;
        step.Store.SaveAgent(agent);
        if (agent.Quarantined)
        {
            step.Event(RunEventKind.AgentQuarantined, agent: name, code: nameof(RefusalCode.Quarantined), detail: $"{agent.Strikes} invalid results");
            step.Afterwards.Add(() => hooks.Quarantined(name, $"{agent.Strikes} invalid results in run '{facts.Options.Name}'"));
            rounds.Apply(new RoundInput.AgentGone(name, nameof(RefusalCode.Quarantined)), step);
        }
    }

    private void BecomeSilent(KnownAgent agent, Step step)
    {
        state.Agents[agent.Name] = agent with { Silent = true };
        if (agent.Role == AgentRole.Trainer)
        {
            rounds.Apply(new RoundInput.AgentSilent(agent.Name), step);
        }
    }

    private void HeardAgain(KnownAgent agent, Step step)
    {
        if (agent.Role == AgentRole.Trainer)
        {
            rounds.Apply(new RoundInput.AgentHeard(agent.Name), step);
        }

        evaluations.Pump(step);
    }

    private void Welcome(AgentHello hello, KnownAgent? known, Step step)
    {
        bool newProcess = known is null || known.Boot != hello.Header.BootId;
        var agent = new KnownAgent(hello.Header.AgentId, hello.Header.BootId, hello.ReplyQueue, hello.Role)
        {
            Present = true,
            LastHeard = step.Now,
            Strikes = known?.Strikes ?? 0,
            Examples = hello.Data.Examples,
            Took = known?.Took ?? false,
            Unanswered = known?.Unanswered ?? false,
            Missed = known?.Missed ?? 0,
            Rank = new RankAssignment(facts, state).Of(hello, newProcess ? null : known),
        };
        state.Welcome(agent);
        Watch(agent);
        if (newProcess || !known!.Present || known.ReplyQueue != agent.ReplyQueue || known.Role != agent.Role
            || known.Examples != agent.Examples || known.Rank != agent.Rank)
        {
            step.Store.SaveAgent(agent);
            step.Event(new RunEvent
            {
                RunId = facts.RunId,
                Sequence = 0,
                ElapsedMs = step.Now,
                Kind = RunEventKind.AgentJoined,
                AgentId = agent.Name,
                Examples = hello.Data.Examples,
                Code = hello.Role.ToString(),
                Detail = hello.Engines.Count == 0 ? null : Text.Cut($"{hello.Engines[0].Engine} on {hello.Engines[0].Device}", 200),
            });
        }

        if (agent.Role == AgentRole.Trainer)
        {
            int? held = hello.Journal is { } open && IsPresentTask(open, agent.Name) ? open.LeaseEpoch : null;
            rounds.Apply(new RoundInput.AgentAvailable(agent.Name, held, newProcess) { Standing = agent.Standing }, step);
            ResumeLate(hello, agent.Name, step);
            evaluations.AgentAvailable(agent.Name, evaluations.Held(hello), newProcess, step);
        }
        else
        {
            evaluations.AgentAvailable(agent.Name, hello.Journal, newProcess, step);
        }
    }

    /// <summary>An agent goes on with a task of the round before whose result may still count, or has lost it and is free.</summary>
    private void ResumeLate(AgentHello hello, string agent, Step step)
    {
        if (hello.Journal is { } open && late.Holds(agent, open.RunId, open.TaskId, open.LeaseEpoch))
        {
            return;
        }

        rounds.EndLate(agent, TaskState.Failed, step);
        CancelForgotten(hello, agent, step);
    }

    /// <summary>
    /// A journal may hold a task that nobody wants any more. One that is trained is left alone: its report is answered as it deserves.
    /// </summary>
    private void CancelForgotten(AgentHello hello, string agent, Step step)
    {
        if (hello.Journal is { Trained: false } open && !evaluations.Concerns(open, agent)
            && !(IsPresentTask(open, agent) && state.Round!.IsOpen && state.Round.Tasks[agent].LeaseEpoch == open.LeaseEpoch))
        {
            MessageHeader header = facts.Stamp.About(
                nameof(TaskCancelled), agent, open.RunId, taskId: open.TaskId, leaseEpoch: open.LeaseEpoch, term: facts.Term);
            step.Answer(agent, new TaskCancelled { Header = header, Reason = CancelReason.Superseded }, header);
        }
    }

    private bool IsPresentTask(OpenTask open, string agent) =>
        open.RunId == facts.RunId && state.Round is { } round && round.Tasks.ContainsKey(agent)
        && open.TaskId == facts.TaskId(TaskKind.Train, round.Number, agent);

    /// <summary>
    /// Notes when an agent that is there would have been silent for too long. It may be heard before; then the time is put off when it has come.
    /// </summary>
    private void Watch(KnownAgent agent)
    {
        if (agent.Present)
        {
            state.Silences.Watch(agent.Name, agent.LastHeard + (agent.Silent ? facts.GraceMs : facts.SilenceMs));
        }
    }

    private void Leave(KnownAgent agent, string code, string detail, Step step)
    {
        state.Agents[agent.Name] = agent with { Present = false };
        step.Store.SaveAgent(state.Agents[agent.Name]);
        step.Event(RunEventKind.AgentLeft, agent: agent.Name, code: code, detail: Text.Cut(detail));
        if (agent.Role == AgentRole.Trainer)
        {
            rounds.Apply(new RoundInput.AgentGone(agent.Name, code), step);
        }

        evaluations.AgentGone(agent.Name, code, step);
    }
}
