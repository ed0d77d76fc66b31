using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>The rules of a round: events in, the next state and decisions out. No clock, broker or disk.</summary>
/// <remarks>Planned → Offering → Collecting → Frozen → Aggregating → Committed; Skipped from every state but the last. See docs/decisions/round-machine.md.</remarks>
internal static class RoundMachine
{
    /// <param name="now">Run clock in milliseconds; never less than at the step before.</param>
    public static RoundStep Apply(Round round, RoundInput input, long now, RoundRules rules)
    {
        var decisions = ImmutableArray.CreateBuilder<RoundDecision>();
        Round next = round.IsOver ? round : Take(round, input, now, rules, decisions);
        next = next.State switch
        {
            RoundState.Planned => RoundOpening.Settle(next, now, rules, decisions),
            RoundState.Offering or RoundState.Collecting => RoundCollecting.Settle(next, now, rules, decisions),
            RoundState.Frozen or RoundState.Aggregating when now >= next.HardDeadline =>
                Skip(next, $"aggregation took longer than {rules.AggregationTimeoutMs} ms", decisions),
            _ => next,
        };
        return new RoundStep(next, decisions.ToImmutable());
    }

    private static Round Take(Round round, RoundInput input, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions) => input switch
    {
        RoundInput.AgentAvailable available => TaskLease.AgentAvailable(
            round with { Online = round.Online.Add(available.Agent) }, available, now, rules, decisions),
        RoundInput.AgentHeard heard => round with { Online = round.Online.Add(heard.Agent) },
        RoundInput.AgentFree free => round with { Busy = round.Busy.Remove(free.Agent) },
        RoundInput.AgentGone gone => TaskLease.AgentGone(round with { Online = round.Online.Remove(gone.Agent) }, gone, decisions),
        RoundInput.AggregationBegun when round.State == RoundState.Frozen => round with { State = RoundState.Aggregating },
        RoundInput.Aggregated when round.State is RoundState.Frozen or RoundState.Aggregating => Commit(round, decisions),
        RoundInput.AggregationFailed failed when round.State is RoundState.Frozen or RoundState.Aggregating => Skip(round, failed.Reason, decisions),
        _ when round.IsOpen => TaskLease.Take(round, input, now, rules, decisions),
        _ => round,
    };

    private static Round Commit(Round round, ImmutableArray<RoundDecision>.Builder decisions)
    {
        decisions.Add(new RoundDecision.Committed());
        return round with { State = RoundState.Committed };
    }

    public static Round Skip(Round round, string reason, ImmutableArray<RoundDecision>.Builder decisions)
    {
        decisions.Add(new RoundDecision.Skipped(reason));
        return round with { State = RoundState.Skipped };
    }
}

/// <summary>A round after an event, and what follows from it, in order.</summary>
internal sealed record RoundStep(Round Round, ImmutableArray<RoundDecision> Decisions);
