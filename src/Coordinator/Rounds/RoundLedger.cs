using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>The ledger's line of a round.</summary>
internal static class RoundLedger
{
    public static RoundFigures Figures(RunFacts facts, LiveRun state, Round round, AggregatedRound aggregated, RankReadOuts readOuts, long now)
    {
        StoredModel start = state.Models[state.NewestModel];
        long besides = (start.BaseDelta?.Size ?? 0) + (facts.Options.Training.ControlVariates ? start.Momentum?.Size ?? 0 : 0);
        AgentTraffic[] traffic =
        [
            .. round.Tasks.Values.Select(task => new AgentTraffic
            {
                AgentId = task.Agent,
                Rank = task.Rank ?? facts.Lora.Rank,
                BytesDown = readOuts.Of(start, state.Broadcast!, task.Rank).Claim.Size + besides,
                BytesUp = aggregated.Accepted.Contains(task.Agent) && state.Results.GetValueOrDefault(task.Agent) is { } result ? result.Size : 0,
            }),
        ];
        var accepted = aggregated.Accepted.ToHashSet(StringComparer.Ordinal);
        return new RoundFigures
        {
            Strategy = aggregated.Strategy,
            Accepted = aggregated.Accepted,
            Offered = round.Tasks.Count,
            Dropped = Names(round, TaskState.Lost, TaskState.Declined, TaskState.Failed),
            Late = Names(round, TaskState.Late),
            Stale = [.. aggregated.Accepted.Where(agent => state.Results.GetValueOrDefault(agent) is { IsLate: true })],
            Capped = aggregated.Capped,
            Rejected = [.. state.Refusals.Select(refusal => new RefusedAgent { AgentId = refusal.Key, Reason = refusal.Value })],
            DivergenceUsed = aggregated.Divergence?.Used,
            DivergenceFedIt = aggregated.Divergence?.FedIt,
            DivergenceFloraNa = aggregated.Divergence?.FloraNa,
            DivergenceBound = aggregated.Divergence?.Bound,
            StepShare = aggregated.Divergence?.StepShare,
            Epsilon = aggregated.Epsilon,
            Delta = facts.Options.Privacy?.Delta,
            BytesUp = state.Results.Values.Where(result => accepted.Contains(result.Agent)).Sum(result => result.Size),
            BytesDown = traffic.Sum(agent => agent.BytesDown),
            Agents = facts.Options.Lora.Ranks is null ? [] : traffic,
            ModelSha256 = aggregated.Model.Sha256,
            BaseDeltaSha256 = aggregated.BaseDelta?.Sha256,
            CommitSha256 = aggregated.ToModel(null).CommitSha256,
            Milliseconds = now - round.OpenedAt,
            MergeMs = round.FrozenAt is { } frozen ? now - frozen : null,
            Times = [.. aggregated.Accepted.Where(state.Results.ContainsKey).Select(agent => Times(round, state.Results[agent]))],
        };
    }

    private static AgentTimes Times(Round round, StoredResult result)
    {
        AgentTask? task = result.IsLate ? null : round.Tasks.GetValueOrDefault(result.Agent);
        return new AgentTimes
        {
            AgentId = result.Agent,
            TaskMs = task?.DoneAt - task?.OfferedAt,
            TrainMs = result.TrainMs,
            TransferMs = result.TransferMs,
            WaitMs = round.FrozenAt - task?.DoneAt,
        };
    }

    private static string[] Names(Round round, params TaskState[] states) =>
        [.. round.Tasks.Values.Where(task => states.Contains(task.State)).Select(task => task.Agent)];
}
