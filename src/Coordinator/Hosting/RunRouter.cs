using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Intake;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Hands every input to the handler it concerns. Runs on the run's one loop.</summary>
internal sealed class RunRouter(
    RunFacts facts, LiveRun state, AgentHandler agents, RoundHandler rounds, LateWork late, ResultHandler results, EvaluationHandler evaluations,
    BlobHandler blobs, RunLifecycle lifecycle, Action<object, string> transfer)
{
    /// <summary>What an agent says about the end of its task is shown, not kept for ever: so many characters of it.</summary>
    private const int MostSaid = 500;

    public void Handle(object input, Step step)
    {
        switch (input)
        {
            case Tick:
                agents.EndSilent(step);
                evaluations.EndSilent(step);
                rounds.Apply(new RoundInput.Tick(), step);
                break;
            case FleetMember { Said: false } member when IsThere(member.Hello.Header):
                agents.Reconsider(member.Hello, step);
                break;
            case FleetMember member:
                agents.Join(member.Hello, step);
                if (state.Agents.ContainsKey(member.Hello.Header.AgentId))
                {
                    blobs.Remember(member.Hello.Header.AgentId);
                }

                break;
            case Heartbeat { Header: var header }:
                agents.Heard(header, step);
                break;
            case TaskAccepted accepted when agents.Heard(accepted.Header, step):
                AtWork(accepted.Header, new RoundInput.TaskTaken(accepted.Header.AgentId, accepted.Header.LeaseEpoch), step, accepted.Memory);
                break;
            case TaskProgress progress when agents.Heard(progress.Header, step):
                Progress(progress, step);
                break;
            case TaskDeclined declined when agents.Heard(declined.Header, step):
                Declined(declined, step);
                break;
            case TaskFailed failed when agents.Heard(failed.Header, step):
                Ended(
                    failed.Header,
                    TaskState.Failed,
                    Text.Cut(failed.Code, 100),
                    failed.Detail,
                    step,
                    code => new RoundInput.TaskBroke(failed.Header.AgentId, failed.Header.LeaseEpoch, failed.Retryable, code));
                break;
            case ResultReady result when agents.Heard(result.Header, step, isResult: true):
                if (evaluations.Result(result, step))
                {
                    rounds.Measured(step);
                }
                else
                {
                    results.Ready(result, step);
                }

                break;
            case BlobAnnounced announced when agents.Heard(announced.Header, step):
                Announced(announced, step);
                break;
            case BlobWanted wanted when agents.Heard(wanted.Header, step):
                Wanted(wanted, step);
                break;
            case Inspection inspection:
                results.Inspected(inspection, step);
                break;
            case InspectionFailure failure:
                results.NotInspected(failure, step);
                break;
            case BodiesAway away:
                throw new ArchiveAwayException(away.Failure.Message, away.Failure);
            case AggregationStart start:
                rounds.BeginAggregation(start.Round, step);
                break;
            case AggregatedRound aggregated:
                rounds.Commit(aggregated, step);
                break;
            case AggregationFailure failure when state.Round?.Number == failure.Round:
                rounds.Apply(new RoundInput.AggregationFailed(failure.Reason), step);
                break;
            case GrantedAgents granted:
                state.GrantsSeen++;
                rounds.Apply(new RoundInput.AgentsGranted(granted.Agents), step);
                break;
            case AgentWithdrawn withdrawn:
                agents.Withdraw(withdrawn, step);
                break;
            case AgentCutOff cut:
                agents.CutOff(cut, step);
                break;
            case HoldRun hold:
                lifecycle.Hold(hold, step);
                break;
            case CancelRun cancel:
                lifecycle.Cancel(cancel, step);
                break;
            case ChangeRun change:
                facts.Change(change.Options, change.Priority);
                rounds.Apply(new RoundInput.Tick(), step);
                break;
            case AgentUnreachable unreachable:
                agents.Unreachable(unreachable.Agent, step);
                break;
        }
    }

    /// <summary>Whether the run counts the process that a message is from as there.</summary>
    private bool IsThere(MessageHeader header) =>
        state.Agents.TryGetValue(header.AgentId, out Protocol.Fleet.KnownAgent? known) && known.Boot == header.BootId && known.Present;

    private void Progress(TaskProgress progress, Step step)
    {
        MessageHeader header = progress.Header;
        if (AtWork(header, new RoundInput.TaskHeard(header.AgentId, header.LeaseEpoch), step))
        {
            step.Notice(new RunEvent
            {
                RunId = facts.RunId,
                Sequence = 0,
                ElapsedMs = step.Now,
                Kind = RunEventKind.TaskProgressed,
                Round = header.Round,
                AgentId = header.AgentId,
                Phase = progress.Phase.ToString(),
                Step = progress.Step,
                Total = progress.Total,
                Loss = progress.Loss is { } loss && double.IsFinite(loss) ? loss : null,
                Detail = progress.Waiting is { } waiting ? Text.Cut(waiting, MostSaid) : null,
            });
        }
    }

    /// <summary>The agent is at its task: the lease is extended and it is told for how long. False: the task is not its present one.</summary>
    private bool AtWork(MessageHeader header, RoundInput heard, Step step, string? memory = null)
    {
        if (!IsPresentTask(header))
        {
            if (!late.IsExpected(header) && !late.IsUndecided(header) && !evaluations.Heard(header, TaskState.Accepted, null, step))
            {
                CancelOld(header, step);
                return false;
            }
        }
        else
        {
            TaskState before = state.Round!.Tasks[header.AgentId].State;
            rounds.Apply(heard, step);
            if (before != TaskState.Accepted && state.Round!.Tasks[header.AgentId].State == TaskState.Accepted)
            {
                string? fits = memory is null ? null : Text.Cut($"fits in {memory}", MostSaid);
                step.Event(RunEventKind.TaskAccepted, header.Round, header.AgentId, detail: fits);
            }
        }

        MessageHeader answer = facts.Stamp.Like(header, nameof(LeaseGranted), facts.Term);
        step.Answer(header.AgentId, new LeaseGranted { Header = answer, RemainingMs = facts.GraceMs }, answer);
        return true;
    }

    /// <summary>An agent that has too little memory for its rank, and proposes another that the run allows, is offered that.</summary>
    private void Declined(TaskDeclined declined, Step step)
    {
        MessageHeader header = declined.Header;
        var ranks = new RankAssignment(facts, state);
        Protocol.Fleet.KnownAgent? lowered = IsPresentTask(header) ? ranks.Lowered(declined) : null;
        if (lowered is not null)
        {
            state.Agents[lowered.Name] = lowered;
            step.Store.SaveAgent(lowered);
        }

        string what = lowered is null ? ranks.Advice(declined) : $" It is offered rank {lowered.Rank} instead.";
        Ended(
            header, TaskState.Declined, declined.Reason.ToString(), declined.Detail + what, step,
            code => new RoundInput.TaskRefused(header.AgentId, header.LeaseEpoch, code, Again: lowered is not null));
    }

    private void Ended(MessageHeader header, TaskState end, string code, string? said, Step step, Func<string, RoundInput> input)
    {
        string? detail = string.IsNullOrEmpty(said) ? null : Text.Cut(said, MostSaid);
        if (IsPresentTask(header))
        {
            rounds.Apply(input(code), step, detail is null ? null : (header.AgentId, detail));
        }
        else if (late.IsExpected(header))
        {
            step.Event(end == TaskState.Declined ? RunEventKind.TaskDeclined : RunEventKind.TaskFailed, header.Round, header.AgentId, code);
            rounds.EndLate(header.AgentId, end, step);
        }
        else
        {
            evaluations.Heard(header, end, code, step, detail);
        }
    }

    /// <summary>
    /// Work on a task that is over or superseded is stopped, so that no agent trains for nobody. Not where the result counted: its acknowledgement
    /// is under way.
    /// </summary>
    private void CancelOld(MessageHeader header, Step step)
    {
        if (header.RunId == facts.RunId && state.Results.GetValueOrDefault(header.AgentId)?.Round == header.Round)
        {
            return;
        }

        MessageHeader answer = facts.Stamp.Like(header, nameof(TaskCancelled), facts.Term);
        CancelReason reason = header.RunId != facts.RunId ? CancelReason.RunStopped
            : header.Round == state.Round?.Number && state.Round.IsOpen ? CancelReason.Superseded
            : CancelReason.RoundClosed;
        step.Answer(header.AgentId, new TaskCancelled { Header = answer, Reason = reason }, answer);
    }

    private bool IsPresentTask(MessageHeader header) =>
        header.RunId == facts.RunId
        && state.Round is { IsOpen: true } round
        && round.Tasks.GetValueOrDefault(header.AgentId) is { } task
        && header.LeaseEpoch == task.LeaseEpoch
        && header.TaskId == facts.TaskId(TaskKind.Train, round.Number, header.AgentId);

    private void Announced(BlobAnnounced announced, Step step)
    {
        if (blobs.WhyNotHandOver(announced) is { } reason)
        {
            MessageHeader header = facts.Stamp.Like(announced.Header, nameof(BlobRefused), facts.Term, announced.Claim.Sha256);
            step.Answer(
                announced.Header.AgentId,
                new BlobRefused { Header = header, Sha256 = Text.Cut(announced.Claim.Sha256, 64), Reason = reason },
                header);
        }
        else
        {
            blobs.Note(announced);
            step.Afterwards.Add(() => transfer(announced, announced.Header.AgentId));
        }
    }

    private void Wanted(BlobWanted wanted, Step step)
    {
        if (blobs.MayFetch(wanted.Sha256))
        {
            step.Afterwards.Add(() => transfer(wanted, wanted.Header.AgentId));
        }
        else
        {
            MessageHeader header = facts.Stamp.Like(wanted.Header, nameof(BlobRefused), facts.Term, wanted.Sha256);
            step.Answer(
                wanted.Header.AgentId,
                new BlobRefused
                {
                    Header = header,
                    Sha256 = Text.Cut(wanted.Sha256, 64),
                    Reason = "This body is no global adapter of the run, no base delta and not its base model.",
                },
                header);
        }
    }
}
