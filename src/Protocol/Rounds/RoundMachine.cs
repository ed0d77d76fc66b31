using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>The rules of a round: events in, the next state and decisions out. No clock, broker or disk.</summary>
/// <remarks>
/// Planned → Offering → Collecting → Frozen → Aggregating → Committed; Skipped from every state but the last. See docs/decisions/round-machine.md.
/// </remarks>
internal static class RoundMachine
{
    /// <param name="now">Run clock in milliseconds; never less than at the step before.</param>
    public static RoundStep Apply(Round round, RoundInput input, long now, RoundRules rules)
    {
        var decisions = ImmutableArray.CreateBuilder<RoundDecision>();
        Round next = round.IsOver ? round.Unchanged() : Take(round.Unchanged(), input, now, rules, decisions);
        next = next.State switch
        {
            RoundState.Planned => RoundOpening.Settle(next, now, rules, decisions),
            RoundState.Offering or RoundState.Collecting => RoundCollecting.Settle(next, now, rules, decisions),
            RoundState.Frozen or RoundState.Aggregating when now >= next.HardDeadline =>
                Skip(next, $"aggregation took longer than {rules.AggregationTimeoutMs} ms", decisions),
            _ => next,
        };
        // A round that could not open with what it was granted gives it back, and asks anew.
        next = next is { State: RoundState.Planned, Granted.IsEmpty: false } ? next with { Granted = next.Granted.Clear() } : next;
        return new RoundStep(next, decisions.ToImmutable());
    }

    private static Round Take(
        Round round, RoundInput input, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions) => input switch
        {
            RoundInput.AgentAvailable available => TaskLease.AgentAvailable(
                Heard(round.WithStanding(available.Agent, available.Standing), available.Agent), available, now, rules, decisions),
            RoundInput.AgentHeard heard => Heard(round, heard.Agent),
            RoundInput.AgentSilent silent => (round with { Online = round.Online.Remove(silent.Agent) }).WithSilent(silent.Agent, silent: true),
            RoundInput.AgentsGranted granted when round.Granted is { } held =>
                round with { Granted = held.Union(granted.Agents), SparesAsked = false },
            RoundInput.AgentFree free => round with { Busy = round.Busy.Remove(free.Agent), SparesAsked = false },
            RoundInput.AgentGone gone => TaskLease.AgentGone(
                (round with { Online = round.Online.Remove(gone.Agent) }).WithSilent(gone.Agent, silent: false), gone, decisions),
            RoundInput.AggregationBegun when round.State is RoundState.Frozen or RoundState.Aggregating =>
                round with { State = RoundState.Aggregating, Aggregations = round.Aggregations + 1 },
            RoundInput.Aggregated when round.State is RoundState.Frozen or RoundState.Aggregating => Commit(round, decisions),
            RoundInput.AggregationFailed failed when round.State is RoundState.Frozen or RoundState.Aggregating =>
                Skip(round, failed.Reason, decisions),
            _ when round.IsOpen => TaskLease.Take(round, input, now, rules, decisions),
            _ => round,
        };

    private static Round Heard(Round round, string agent) =>
        (round with { Online = round.Online.Add(agent), SparesAsked = false }).WithSilent(agent, silent: false);

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
