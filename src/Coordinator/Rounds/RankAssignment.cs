using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>
/// Which rank an agent's tasks are offered with. A task keeps its rank for as long as its epoch lasts, whatever its agent says meanwhile.
/// </summary>
internal sealed class RankAssignment(RunFacts facts, LiveRun state)
{
    private AgentRanks? Ranks => facts.Options.Lora.Ranks;

    /// <summary>The rank that an agent's hello makes it be offered; null: the run's.</summary>
    /// <param name="known">The same process as it was known before; null: another, or a new one.</param>
    public int? Of(AgentHello hello, KnownAgent? known)
    {
        int? rank = Ranks?.Of(hello.Labels, hello.Engines.FirstOrDefault(engine => engine.LargestRank is not null)?.LargestRank);

        // What a process has declined it is not offered again.
        return Ranks is RanksByMemory && known?.Rank < rank ? known.Rank : rank;
    }

    /// <summary>A round's new tasks with the ranks of their agents.</summary>
    public RoundStep Assigned(RoundStep step)
    {
        Round round = step.Round;
        foreach (RoundDecision.SendOffer offer in Ranks is null ? [] : step.Decisions.OfType<RoundDecision.SendOffer>())
        {
            if (round.Tasks.GetValueOrDefault(offer.Task.Agent) is { Rank: null } task)
            {
                round = round.With(task with { Rank = state.Agents.GetValueOrDefault(task.Agent)?.Rank ?? facts.Lora.Rank });
            }
        }

        return step with { Round = round };
    }

    /// <summary>A task's rank for people, to follow what else is said of it; empty where all have the run's.</summary>
    public string Said(AgentTask task) => Ranks is not null && task.Rank is { } rank ? $", rank {rank}" : "";

    /// <summary>The agent with a rank that it says it can do instead of the one it declined; null if there is none.</summary>
    public KnownAgent? Lowered(TaskDeclined declined) =>
        declined.Reason == DeclineReason.OutOfMemory
        && state.Agents.GetValueOrDefault(declined.Header.AgentId) is { } agent
        && Ranks?.After(state.RankOf(declined.Header) ?? facts.Lora.Rank, declined.SuggestRank) is { } lower
            ? agent with { Rank = lower }
            : null;

    /// <summary>What would help an agent that declined for want of memory, to follow what it said; empty if nothing here would.</summary>
    public string Advice(TaskDeclined declined) => declined.Reason != DeclineReason.OutOfMemory ? ""
        : Ranks is RanksByMemory memory ? $" lora.rank goes down to {memory.Min}; a lower min would let it take part."
        : declined.SuggestRank is { } fits
            ? $" lora.rank: auto would offer it rank {fits} or less, and {{default: {facts.Lora.Rank}, by: {{\"LABEL=VALUE\": {fits}}}}} "
                + "its rank by label."
        : "";
}
