using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>Offering and Collecting: ends silent leases, asks spare agents, and closes, extends or skips the round.</summary>
internal static class RoundCollecting
{
    public static Round Settle(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        round = TaskLease.EndSilent(round, now, rules, decisions);
        round = AskSpares(round, now, rules, decisions);
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

        return round.Extension < rules.Extensions
            ? Extend(round, now, rules, decisions)
            : CancelAll(RoundMachine.Skip(
                round, $"{round.Answered(rules)} of {round.Quorum} results needed came in, after {round.Extension} extensions", decisions), rules, decisions);
    }

    private static bool HasStarted(Round round, long now, RoundRules rules) =>
        round.Count(TaskState.Accepted) + round.Done >= round.Quorum
        || round.Count(TaskState.Offered) == 0
        || now >= round.OpenedAt + rules.OfferTimeoutMs;

    private static bool Closes(Round round, long now, RoundRules rules) =>
        round.Answered(rules) >= round.Quorum
        && (round.Done >= round.Goal
            || !round.AnyAtWork
            || now >= round.SoftDeadline
            || (rules.SamplingRate is null && now >= round.LastResultAt + rules.StragglerGraceMs)
            || now >= round.HardDeadline);

    private static Round Freeze(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        decisions.Add(new RoundDecision.Freeze());
        return CancelAll(round with { State = RoundState.Frozen, HardDeadline = now + rules.AggregationTimeoutMs }, rules, decisions);
    }

    /// <summary>More time, and another try for agents that are there and have attempts left.</summary>
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

        return round;
    }

    /// <summary>One spare agent for each task that ended without a result, while a task's usual length is left. Not in a private run: only the draw says who takes part.</summary>
    private static Round AskSpares(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        int missing = round.Goal - round.Done - round.Tasks.Values.Count(task => task.AtWork);
        if (rules.SamplingRate is not null || missing <= 0 || now + round.TypicalTaskMs >= round.HardDeadline)
        {
            return round;
        }

        foreach (string agent in AgentSelection.Order(rules.Seed, round.Number, round.Free.Except(round.Tasks.Keys)).Take(missing))
        {
            var task = new AgentTask(agent, 1, 1, TaskState.Offered, now, now);
            decisions.Add(new RoundDecision.SendOffer(task));
            round = round.With(task);
        }

        return round;
    }

    private static Round CancelAll(Round round, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        foreach (AgentTask task in round.Tasks.Values)
        {
            // A lost agent may still be at work behind a broken link: it is told as well.
            if (task.AtWork || task.State == TaskState.Lost)
            {
                AgentTask ended = task.AtWork ? task with { State = TaskState.Late } : task;
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
