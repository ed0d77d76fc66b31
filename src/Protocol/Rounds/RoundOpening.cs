using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>Planned: waits for enough agents, then asks some of them; gives up in bounded time.</summary>
internal static class RoundOpening
{
    public static Round Settle(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        // Agents at work for the round before are there, and their results will count: they are waited with, not for.
        if (IsReady(round, now, rules) && !round.Free.IsEmpty)
        {
            Round opened = Open(round, now, rules, decisions);
            return opened.Tasks.IsEmpty ? RoundCollecting.Settle(opened, now, rules, decisions) : opened;
        }

        return now >= round.HardDeadline
            ? RoundMachine.Skip(round, $"{round.Online.Count} of {round.Needed} agents needed were there", decisions)
            : round;
    }

    /// <summary>
    /// Agents that answer are what a round waits for; where there are too few of them, but enough others say that they are there, these get another
    /// try after a while.
    /// </summary>
    public static bool IsReady(Round round, long now, RoundRules rules) =>
        round.Online.Count >= round.Needed
        && (round.Standings.IsEmpty
            || round.Online.Count(agent => round.StandingOf(agent) is AgentStanding.Proven or AgentStanding.New) >= round.Needed
            || IsDue(round, now, rules));

    /// <summary>When agents that have not answered get another try, run clock in milliseconds.</summary>
    public static long DueAt(Round round, RoundRules rules) => round.HardDeadline - rules.StartTimeoutMs + rules.OfferTimeoutMs;

    /// <summary>Whether they get it.</summary>
    public static bool IsDue(Round round, long now, RoundRules rules) => now >= DueAt(round, rules);

    private static Round Open(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        (IEnumerable<string> asked, IEnumerable<string> others, int goal) = Ask(round, rules);
        ImmutableSortedDictionary<string, AgentTask> tasks = asked.Select(agent => new AgentTask(agent, 1, 1, TaskState.Offered, now, now))
            .Concat(others.Select(agent => new AgentTask(agent, 1, 1, TaskState.Offered, now, now) { Counts = false }))
            .ToImmutableSortedDictionary(task => task.Agent, task => task, StringComparer.Ordinal);

        decisions.Add(new RoundDecision.Opened());
        decisions.AddRange(tasks.Values.Select(task => new RoundDecision.SendOffer(task)));
        return round with
        {
            State = RoundState.Offering,
            Wanted = goal,
            Goal = goal,
            Quorum = QuorumOf(goal, rules),
            OpenedAt = now,
            SoftDeadline = now + rules.SoftDeadlineMs,
            HardDeadline = now + rules.HardDeadlineMs,
            Tasks = tasks,
        };
    }

    /// <summary>
    /// Whom the round asks and counts on, whom it asks besides, and how many results it wants. Of those that a private run has drawn, which may be
    /// nobody, it wants all.
    /// </summary>
    private static (IEnumerable<string> Asked, IEnumerable<string> Others, int Goal) Ask(Round round, RoundRules rules)
    {
        if (rules.SamplingRate is { } rate)
        {
            string[] drawn = [.. PoissonSampling.Draw(round.SamplingKey, rate, round.Free)];
            return (drawn, [], drawn.Length);
        }

        // Where too few have shown work, as before a first round, all are counted on until they are seen not to answer.
        ImmutableSortedSet<string> proven = round.Free.Except(round.Standings.Keys);
        ImmutableSortedSet<string> counted = proven.Count >= round.Needed ? proven : round.Free;
        int goal = rules.AgentsPerRound == 0 ? counted.Count : Math.Min(rules.AgentsPerRound, counted.Count);
        IEnumerable<string> others = AgentSelection.Order(rules.Seed, round.Number, round.Free.Except(counted));
        return (
            AgentSelection.Order(rules.Seed, round.Number, counted).Take(Math.Min(counted.Count, (int)Math.Ceiling(goal * rules.OverSelection))),
            rules.AgentsPerRound == 0 ? others : others.Take(goal),
            goal);
    }

    /// <summary>Results needed of <paramref name="goal"/> wanted: the fraction, rounded up, at least 1 of any.</summary>
    /// <remarks>The small term keeps a product like 0.7 × 10 = 7.000000000000001 from being rounded up to 8.</remarks>
    public static int QuorumOf(int goal, RoundRules rules) => Math.Max(Math.Min(1, goal), (int)Math.Ceiling((goal * rules.Quorum) - 1e-9));
}
