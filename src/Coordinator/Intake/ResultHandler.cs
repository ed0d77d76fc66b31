using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>Decides whether a result counts: once per (run, round, agent), and only if every check passes.</summary>
/// <remarks>
/// Cheap checks first; the body is looked into outside the run's loop (<see cref="UpdateInspection"/>), and what could have changed meanwhile is
/// checked again.
/// </remarks>
internal sealed class ResultHandler(
    RunFacts facts,
    LiveRun state,
    ResultCheck check,
    ResultWeight weights,
    RoundHandler rounds,
    LateWork late,
    AgentHandler agents,
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

        if (check.Refusal(result) is { } refusal)
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

        if (check.Refusal(result) is { } refusal)
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
        if (late.IsUndecided(header) || state.FailedInspections.Add(header.AgentId, header.Round) < MaxInspections)
        {
            return;
        }

        state.FailedInspections.Forget(header.AgentId);
        if (check.Refusal(failure.Result) is { } refusal)
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
        if (state.LostBodies.Add(header.AgentId, header.Round) <= MaxHandOvers)
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

    private void Accept(Inspection inspection, Step step)
    {
        ResultReady result = inspection.Result;
        (string agent, int round) = (result.Header.AgentId, result.Header.Round);
        int examples = weights.Examples(result);
        var stored = new StoredResult(
            round, agent, result.Claim!.Sha256, result.Claim.Size, result.Claim.Codec, examples, inspection.Norm, result.Metrics)
        {
            CountsIn = round == state.Round!.Number ? null : state.Round.Number,
            Rank = state.RankOf(result.Header),
            TrainMs = result.TrainMs,
            TransferMs = result.TransferMs,
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
            Detail = weights.Remark(result, stored),
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

    private void Refuse(ResultReady result, RejectionCode code, string reason, Step step)
    {
        (string agent, int round) = (result.Header.AgentId, result.Header.Round);
        MessageHeader header = facts.Stamp.Like(result.Header, nameof(ResultRejected), facts.Term, code.ToString());
        step.Answer(agent, new ResultRejected { Header = header, Code = code, Detail = Text.Cut(reason) }, header);
        if (code is RejectionCode.Duplicate)
        {
            return;
        }

        step.Event(
            code == RejectionCode.RoundClosed ? RunEventKind.ResultLate : RunEventKind.ResultRejected,
            round,
            agent,
            code.ToString(),
            Text.Cut(reason));
        if (code is RejectionCode.BodyMissing)
        {
            return;
        }

        if (code is RejectionCode.Invalid or RejectionCode.OverBudget && result.Header.RunId == facts.RunId
            && state.Round is { IsOpen: true } open && open.Number == round)
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
}
