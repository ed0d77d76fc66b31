using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>Offering and Collecting: ends silent leases, asks spare agents, and closes, extends or skips the round.</summary>
internal static class RoundCollecting
{
    public static Round Settle(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        int offered = round.Tally.Offered;
        round = TaskLease.EndSilent(round, now, rules, decisions);
        bool someUnanswered = round.Tally.Offered < offered;
        round = AskSpares(round, now, rules, decisions);
        round = someUnanswered ? AskAgain(round, now, rules, decisions) : round;
        if (round.State == RoundState.Offering && HasStarted(round, now, rules))
        {
            round = round with { State = RoundState.Collecting };
        }

        if (Closes(round, now, rules))
        {
            return Freeze(round, now, rules, decisions);
        }

        if (now < round.HardDeadline)
        {
            return round;
        }

        if (round.Extension < rules.Extensions)
        {
            return Extend(round, now, rules, decisions);
        }

        string why = $"{round.Answered(rules)} of {round.Quorum} results needed came in, after {round.Extension} extensions";
        return CancelAll(RoundMachine.Skip(round, why, decisions), rules, decisions);
    }

    /// <summary>
    /// Goal and quorum follow the agents that are counted on: one whose offer goes unanswered, or who declines, leaves the count, and one that has
    /// yet to show work joins it by taking its
    /// task. A private run wants all it has drawn.
    /// </summary>
    private static Round CountOn(Round round, RoundRules rules)
    {
        if (rules.SamplingRate is not null)
        {
            return round;
        }

        int wanted = rules.AgentsPerRound == 0 ? int.MaxValue : rules.AgentsPerRound;
        int counted = Math.Min(wanted, round.Tally.Counted);
        int least = Math.Min(rules.MinResults, RoundOpening.QuorumOf(Math.Min(wanted, round.Tasks.Count), rules));
        int quorum = Math.Max(RoundOpening.QuorumOf(counted, rules), least);
        int goal = Math.Max(counted, quorum);
        return goal == round.Goal && quorum == round.Quorum ? round : round with { Goal = goal, Quorum = quorum };
    }

    private static bool HasStarted(Round round, long now, RoundRules rules) =>
        round.Tally.Accepted + round.Done >= round.Quorum
        || round.Tally.Offered == 0
        || now >= round.OpenedAt + rules.OfferTimeoutMs;

    private static bool Closes(Round round, long now, RoundRules rules) =>
        round.Answered(rules) >= round.Quorum
        && (round.Done >= round.Goal
            || !round.AnyWaitedFor
            || now >= round.SoftDeadline
            || (rules.SamplingRate is null && now >= round.LastResultAt + rules.StragglerGraceMs));

    private static Round Freeze(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        decisions.Add(new RoundDecision.Freeze());
        return CancelAll(round with { State = RoundState.Frozen, FrozenAt = now, HardDeadline = now + rules.AggregationTimeoutMs }, rules, decisions);
    }

    /// <summary>More time: another try for agents that are there and have attempts left, and spare ones for what is missing then.</summary>
    private static Round Extend(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        decisions.Add(new RoundDecision.Extended());
        round = round with { Extension = round.Extension + 1, SoftDeadline = now, HardDeadline = now + rules.SoftDeadlineMs };
        foreach (AgentTask task in round.Tasks.Values)
        {
            if (task.State is TaskState.Lost or TaskState.Failed or TaskState.Declined && round.Online.Contains(task.Agent))
            {
                round = TaskLease.Reissue(round, task, now, rules, decisions);
            }
        }

        return AskSpares(round, now, rules, decisions);
    }

    /// <summary>
    /// One spare agent for each task that ended without a result, while a task's usual length is left. Not in a private run: only the draw says who
    /// takes part.
    /// </summary>
    /// <remarks>
    /// Where too few spares have shown that they work, several of those that have yet to are asked. What has just happened may have changed the
    /// goal that results are missing to, and spares change it again.
    /// </remarks>
    private static Round AskSpares(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        round = CountOn(round, rules);
        int missing = AgentDemand.Missing(round);
        if (rules.SamplingRate is not null || missing <= 0 || round.SparesAsked || AgentDemand.IsTooLate(round, now))
        {
            return round;
        }

        ImmutableSortedSet<string> spares = round.Free.Except(round.Tasks.Keys);
        ImmutableSortedSet<string> proven = spares.Except(round.Standings.Keys);
        int others = AgentDemand.SparesBesides(missing, spares.Count, rules);

        foreach (string agent in AgentSelection.Order(rules.Seed, round.Number, proven).Take(missing)
            .Concat(AgentSelection.Order(rules.Seed, round.Number, proven.Count < missing ? spares.Except(proven) : []).Take(others)))
        {
            var task = new AgentTask(agent, 1, 1, TaskState.Offered, now, now) { Counts = round.StandingOf(agent) == AgentStanding.Proven };
            decisions.Add(new RoundDecision.SendOffer(task));
            round = round.With(task, rules);
        }

        return CountOn(round, rules) with { SparesAsked = spares.All(round.Tasks.ContainsKey) };
    }

    /// <summary>
    /// Offers once more what agents that are there have left unanswered, while results are missing and nobody else is there to ask: the offers may
    /// have been lost. They are not counted on for it.
    /// </summary>
    private static Round AskAgain(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        int missing = AgentDemand.Missing(round);
        if (missing <= 0 || AgentDemand.IsTooLate(round, now) || !round.Online.Except(round.Busy).Except(round.Tasks.Keys).IsEmpty)
        {
            return round;
        }

        string[] unanswered =
        [
            .. round.Tasks.Values
                .Where(task => task is { State: TaskState.Lost, EndCode: TaskLease.Unanswered } && round.Online.Contains(task.Agent))
                .Select(task => task.Agent),
        ];
        int most = AgentDemand.SparesBesides(missing, unanswered.Length, rules);
        return AgentSelection.Order(rules.Seed, round.Number, unanswered).Take(most).Aggregate(
            round,
            (asked, agent) => TaskLease.Reissue(asked, asked.Tasks[agent] with { Counts = false }, now, rules, decisions));
    }

    private static Round CancelAll(Round round, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        foreach (AgentTask task in round.Tasks.Values)
        {
            // A lost agent may still be at work behind a broken link: it is told as well.
            if (task.AtWork || task.State == TaskState.Lost)
            {
                AgentTask ended = !task.AtWork ? task
                    : round.Silent.Contains(task.Agent) ? task with { State = TaskState.Lost, EndCode = "Silent" }
                    : task with { State = TaskState.Late };
                if (!rules.GoesOn(round.Number))
                {
                    decisions.Add(new RoundDecision.SendCancel(ended));
                }

                round = round.With(ended);
            }
        }

        return round;
    }
}
