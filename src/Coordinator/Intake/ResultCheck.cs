using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Messages;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>Judges a training result by everything but its body: whose it is, whether it still counts, and whether what it says can be.</summary>
internal sealed class ResultCheck(RunFacts facts, LiveRun state, RunReader reader, LateWork late)
{
    /// <summary>Everything that can be decided without the body; null if nothing speaks against the result.</summary>
    public (RejectionCode Code, string Reason)? Refusal(ResultReady result)
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
                    ? (
                        RejectionCode.RoundClosed,
                        $"Round {header.Round} is closed, and agent '{header.AgentId}' has a result in round {round.Number}.")
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
            return (
                RejectionCode.Unauthorized,
                $"Agent '{header.AgentId}' was not given a task of round {header.Round} under lease epoch {header.LeaseEpoch}.");
        }

        if (header.LeaseEpoch < task.LeaseEpoch)
        {
            return (RejectionCode.StaleEpoch, $"The task was given out again: lease epoch {header.LeaseEpoch} was superseded by {task.LeaseEpoch}.");
        }

        return task.State == TaskState.Rejected
            ? (
                RejectionCode.Invalid,
                $"An earlier result of this task was refused: {state.Refusals.GetValueOrDefault(header.AgentId, "it was invalid")}")
            : Content(result);
    }

    private (RejectionCode, string)? Content(ResultReady result)
    {
        if ((ResultFigures.Wrong(result, facts.Options.Labels.Count) ?? ClassCountCheck.Wrong(result, facts)) is { } wrong)
        {
            return (RejectionCode.Invalid, wrong);
        }

        if (result.Claim is not { } claim)
        {
            return (RejectionCode.Invalid, "The result names no body, but the task was to train.");
        }

        if (claim.Codec != facts.Options.Training.UpdateCodec)
        {
            return (
                RejectionCode.Invalid,
                $"The body is in codec '{Text.Cut(claim.Codec, 64)}'; the offer asked for '{facts.Options.Training.UpdateCodec}'.");
        }

        int? rank = state.RankOf(result.Header);
        if (result.Rank != (rank ?? facts.Lora.Rank))
        {
            return (RejectionCode.Invalid, $"The adapter has rank {result.Rank}; the offer asked for {rank ?? facts.Lora.Rank}.");
        }

        return UpdateSize.Wrong(claim, facts, RankReadOuts.ShapeOf(state.Broadcast!.Shape, rank), state.Needs(facts.Options).Unchanged) is { } size
            ? (RejectionCode.OverBudget, size)
            : null;
    }
}
