using System.Globalization;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Messages;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>Decides whether a result counts: once per (run, round, agent), and only if every check passes.</summary>
/// <remarks>Cheap checks first; the body is looked into outside the run's loop (<see cref="UpdateInspection"/>), and what could have changed meanwhile is checked again.</remarks>
internal sealed class ResultDesk(
    RunFacts facts,
    LiveRun state,
    RunReader reader,
    RoundDesk rounds,
    LateWork late,
    AgentDesk agents,
    Action<ResultReady> startInspection,
    Action<string> discard)
{
    /// <summary>How often a body is looked into that can't be read, before it is asked for again.</summary>
    public const int MaxInspections = 3;

    /// <summary>How often a body that is not there is asked for again.</summary>
    public const int MaxHandOvers = 3;

    /// <summary>A training task's report. Idempotent: a copy is answered as the first was.</summary>
    public void Ready(ResultReady result, Step step)
    {
        if (late.IsUndecided(result.Header))
        {
            // No answer yet: it is sent again, and by then there is a round that it may count in.
            return;
        }

        if (Refusal(result) is { } refusal)
        {
            Refuse(result, refusal.Code, refusal.Reason, step);
        }
        else if (state.UnderInspection.Add(result.Header.AgentId))
        {
            step.Afterwards.Add(() => startInspection(result));
        }
    }

    /// <summary>The body was looked into.</summary>
    public void Inspected(Inspection inspection, Step step)
    {
        ResultReady result = inspection.Result;
        string agent = result.Header.AgentId;
        state.UnderInspection.Remove(agent);
        if (late.IsUndecided(result.Header))
        {
            // Its round was frozen meanwhile.
            return;
        }

        if (Refusal(result) is { } refusal)
        {
            Refuse(result, refusal.Code, refusal.Reason, step);
        }
        else if (inspection.Code is RejectionCode.BodyMissing)
        {
            AskAgain(result, inspection.Reason, step);
        }
        else if (inspection.Code is { } code)
        {
            Refuse(result, code, inspection.Reason, step);
        }
        else
        {
            Accept(inspection, step);
        }
    }

    /// <summary>
    /// The body could not be looked into, through a fault of ours. The agent repeats its report; a body that fails time after time is thrown away and
    /// asked for anew.
    /// </summary>
    public void NotInspected(InspectionFailure failure, Step step)
    {
        MessageHeader header = failure.Result.Header;
        state.UnderInspection.Remove(header.AgentId);
        if (late.IsUndecided(header) || Counted(state.FailedInspections, header) < MaxInspections)
        {
            return;
        }

        state.FailedInspections.Remove(header.AgentId);
        if (Refusal(failure.Result) is { } refusal)
        {
            Refuse(failure.Result, refusal.Code, refusal.Reason, step);
            return;
        }

        string body = failure.Result.Claim!.Sha256;
        if (!state.Results.Values.Any(result => result.Sha256 == body))
        {
            discard(body);
        }

        AskAgain(failure.Result, $"The body {body} could not be looked into, {MaxInspections} times: {failure.Reason}", step);
    }

    /// <summary>
    /// The body is not there: the agent still has it, and hands it over again. Nothing of that is held against it; what fails time after time ends,
    /// so that nobody waits for ever.
    /// </summary>
    private void AskAgain(ResultReady result, string reason, Step step)
    {
        MessageHeader header = result.Header;
        if (Counted(state.LostBodies, header) <= MaxHandOvers)
        {
            Refuse(result, RejectionCode.BodyMissing, $"{reason} It is to be handed over again.", step);
            if (header.Round == state.Round?.Number)
            {
                rounds.Apply(new RoundInput.TaskHeard(header.AgentId, header.LeaseEpoch), step);
            }

            return;
        }

        Refuse(result, RejectionCode.CoordinatorFault, $"{reason} It was handed over again {MaxHandOvers} times.", step);
        if (header.Round == state.Round?.Number)
        {
            rounds.Apply(new RoundInput.TaskBroke(header.AgentId, header.LeaseEpoch, Retryable: false, nameof(RejectionCode.CoordinatorFault)), step);
        }
    }

    /// <summary>One more of an agent's failures in a round.</summary>
    private static int Counted(Dictionary<string, (int Round, int Times)> failures, MessageHeader header)
    {
        (int Round, int Times) before = failures.GetValueOrDefault(header.AgentId);
        int times = before.Round == header.Round ? before.Times + 1 : 1;
        failures[header.AgentId] = (header.Round, times);
        return times;
    }

    private void Accept(Inspection inspection, Step step)
    {
        ResultReady result = inspection.Result;
        (string agent, int round) = (result.Header.AgentId, result.Header.Round);
        int examples = Countable(result);
        var stored = new StoredResult(round, agent, result.Claim!.Sha256, result.Claim.Size, result.Claim.Codec, examples, inspection.Norm, result.Metrics)
        {
            CountsIn = round == state.Round!.Number ? null : state.Round.Number,
            ClassCounts = facts.Options.Aggregation.PerClassHeads ? result.ClassCounts : null,
        };
        if (!step.Store.AddResult(stored))
        {
            Refuse(result, RejectionCode.Duplicate, $"Agent '{agent}' has a result in round {round} already.", step);
            return;
        }

        if (state.Results.GetValueOrDefault(agent) is { IsLate: true } replaced)
        {
            step.Store.SupersedeResult(replaced);
        }

        state.Results[agent] = stored;
        if (!stored.IsLate && state.Refusals.Remove(agent))
        {
            step.Store.RemoveRefusal(round, agent);
        }

        step.Event(new RunEvent
        {
            RunId = facts.RunId,
            Sequence = 0,
            ElapsedMs = step.Now,
            Kind = RunEventKind.ResultAccepted,
            Round = stored.CountsIn ?? round,
            Detail = Detail(result, stored),
            AgentId = agent,
            Examples = stored.Examples,
            Bytes = result.Claim.Size,
            Loss = result.Metrics.LossAfter,
            GlobalAccuracy = result.Metrics.GlobalAccuracy,
            LocalAccuracy = result.Metrics.LocalAccuracy,
            GlobalLoss = result.Metrics.GlobalLoss,
            LocalLoss = result.Metrics.LocalLoss,
            GlobalBitsPerByte = result.Metrics.GlobalBitsPerByte,
            LocalBitsPerByte = result.Metrics.LocalBitsPerByte,
        });
        step.Send(agent, new ResultAck { Header = facts.Stamp.Like(result.Header, nameof(ResultAck), facts.Term) }, round);
        step.Store.Effect("accept");
        if (stored.IsLate)
        {
            rounds.EndLate(agent, end: null, step);
        }
        else
        {
            rounds.Apply(new RoundInput.ResultCounted(agent), step);
        }
    }

    /// <summary>Examples that a result may weigh at most: never more than the agent's hello stated, whatever the result says of itself.</summary>
    private int Countable(ResultReady result)
    {
        int stated = state.Agents[result.Header.AgentId].Examples;
        return Math.Min(Math.Min(result.Examples, stated > 0 ? stated : int.MaxValue), facts.Options.Intake.MaxExamples);
    }

    private string? Detail(ResultReady result, StoredResult stored)
    {
        string? late = stored.IsLate ? string.Create(CultureInfo.InvariantCulture, $"trained in round {stored.Round}") : null;
        string? lowered = stored.Examples < result.Examples
            ? string.Create(CultureInfo.InvariantCulture, $"counts {stored.Examples} examples: it claims {result.Examples}, its hello {state.Agents[stored.Agent].Examples}, Intake:MaxExamples is {facts.Options.Intake.MaxExamples}")
            : null;
        return (late, lowered) is (not null, not null) ? $"{late}; {lowered}" : late ?? lowered;
    }

    private void Refuse(ResultReady result, RejectionCode code, string reason, Step step)
    {
        (string agent, int round) = (result.Header.AgentId, result.Header.Round);
        MessageHeader header = facts.Stamp.Like(result.Header, nameof(ResultRejected), facts.Term, code.ToString());
        step.Answer(agent, new ResultRejected { Header = header, Code = code, Detail = Text.Cut(reason) }, header);
        if (code is RejectionCode.Duplicate)
        {
            return;
        }

        step.Event(code == RejectionCode.RoundClosed ? RunEventKind.ResultLate : RunEventKind.ResultRejected, round, agent, code.ToString(), Text.Cut(reason));
        if (code is RejectionCode.BodyMissing)
        {
            return;
        }

        if (code is RejectionCode.Invalid or RejectionCode.OverBudget && result.Header.RunId == facts.RunId && state.Round is { IsOpen: true } open && open.Number == round)
        {
            state.Refusals[agent] = Text.Cut(reason);
            step.Store.SaveRefusal(round, agent, state.Refusals[agent]);
            rounds.Apply(new RoundInput.ResultRefused(agent, code.ToString()), step);
            agents.Strike(agent, step);
        }
        else if (late.IsExpected(result.Header))
        {
            rounds.EndLate(agent, TaskState.Rejected, step);
            if (code is RejectionCode.Invalid or RejectionCode.OverBudget)
            {
                agents.Strike(agent, step);
            }
        }
    }

    /// <summary>Everything that can be decided without the body; null if nothing speaks against the result.</summary>
    private (RejectionCode Code, string Reason)? Refusal(ResultReady result)
    {
        MessageHeader header = result.Header;
        if (header.RunId != facts.RunId)
        {
            return (RejectionCode.Unauthorized, $"Run {header.RunId} is not this coordinator's; it leads {facts.RunId}.");
        }

        if (header.TaskId != facts.TaskId(TaskKind.Train, header.Round, header.AgentId))
        {
            return (RejectionCode.Unauthorized, $"Task {header.TaskId} is not agent '{header.AgentId}'s in round {header.Round}.");
        }

        if (state.Round is not { } round || header.Round > round.Number)
        {
            return (RejectionCode.Unauthorized, $"Round {header.Round} has not begun.");
        }

        if (header.Round < round.Number || !round.IsOpen)
        {
            if (late.IsExpected(header))
            {
                return state.Results.ContainsKey(header.AgentId)
                    ? (RejectionCode.RoundClosed, $"Round {header.Round} is closed, and agent '{header.AgentId}' has a result in round {round.Number}.")
                    : Content(result);
            }

            return reader.HasResult(header.Round, header.AgentId)
                ? (RejectionCode.Duplicate, $"Agent '{header.AgentId}' has a result in round {header.Round} already.")
                : (RejectionCode.RoundClosed, $"Round {header.Round} is closed; its inputs are frozen.");
        }

        if (state.Results.GetValueOrDefault(header.AgentId) is { IsLate: false })
        {
            return (RejectionCode.Duplicate, $"Agent '{header.AgentId}' has a result in round {header.Round} already.");
        }

        if (round.Tasks.GetValueOrDefault(header.AgentId) is not { } task || header.LeaseEpoch > task.LeaseEpoch)
        {
            return (RejectionCode.Unauthorized, $"Agent '{header.AgentId}' was not given a task of round {header.Round} under lease epoch {header.LeaseEpoch}.");
        }

        if (header.LeaseEpoch < task.LeaseEpoch)
        {
            return (RejectionCode.StaleEpoch, $"The task was given out again: lease epoch {header.LeaseEpoch} was superseded by {task.LeaseEpoch}.");
        }

        return task.State == TaskState.Rejected
            ? (RejectionCode.Invalid, $"An earlier result of this task was refused: {state.Refusals.GetValueOrDefault(header.AgentId, "it was invalid")}")
            : Content(result);
    }

    private (RejectionCode, string)? Content(ResultReady result)
    {
        if ((ResultFigures.Wrong(result) ?? ClassCountCheck.Wrong(result, facts)) is { } wrong)
        {
            return (RejectionCode.Invalid, wrong);
        }

        if (result.Claim is not { } claim)
        {
            return (RejectionCode.Invalid, "The result names no body, but the task was to train.");
        }

        if (claim.Codec != facts.Options.Training.UpdateCodec)
        {
            return (RejectionCode.Invalid, $"The body is in codec '{Text.Cut(claim.Codec, 64)}'; the offer asked for '{facts.Options.Training.UpdateCodec}'.");
        }

        if (result.Rank != facts.Options.Lora.Rank)
        {
            return (RejectionCode.Invalid, $"The adapter has rank {result.Rank}; the offer asked for {facts.Options.Lora.Rank}.");
        }

        return UpdateSize.Wrong(claim, facts, state.Broadcast!.Shape, state.Needs(facts.Options).Unchanged) is { } size ? (RejectionCode.OverBudget, size) : null;
    }
}
