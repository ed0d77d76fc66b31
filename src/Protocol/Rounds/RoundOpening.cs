using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>Planned: waits for enough agents, then asks some of them; gives up in bounded time.</summary>
internal static class RoundOpening
{
    public static Round Settle(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        // Agents at work for the round before are there, and their results will count: they are waited with, not for.
        if (round.Online.Count >= round.Needed && !round.Free.IsEmpty)
        {
            Round opened = Open(round, now, rules, decisions);
            return opened.Tasks.IsEmpty ? RoundCollecting.Settle(opened, now, rules, decisions) : opened;
        }

        return now >= round.HardDeadline
            ? RoundMachine.Skip(round, $"{round.Online.Count} of {round.Needed} agents needed were there", decisions)
            : round;
    }

    private static Round Open(Round round, long now, RoundRules rules, ImmutableArray<RoundDecision>.Builder decisions)
    {
        (IEnumerable<string> asked, int goal) = Ask(round, rules);
        ImmutableSortedDictionary<string, AgentTask> tasks = asked.ToImmutableSortedDictionary(agent => agent, agent => new AgentTask(agent, 1, 1, TaskState.Offered, now, now), StringComparer.Ordinal);

        decisions.Add(new RoundDecision.Opened());
        decisions.AddRange(tasks.Values.Select(task => new RoundDecision.SendOffer(task)));
        return round with
        {
            State = RoundState.Offering,
            Goal = goal,
            Quorum = QuorumOf(goal, rules),
            OpenedAt = now,
            SoftDeadline = now + rules.SoftDeadlineMs,
            HardDeadline = now + rules.HardDeadlineMs,
            Tasks = tasks,
        };
    }

    /// <summary>Whom the round asks, and how many results it wants. Of those that a private run has drawn, which may be nobody, it wants all.</summary>
    private static (IEnumerable<string> Asked, int Goal) Ask(Round round, RoundRules rules)
    {
        if (rules.SamplingRate is { } rate)
        {
            string[] drawn = [.. PoissonSampling.Draw(round.SamplingKey, rate, round.Free)];
            return (drawn, drawn.Length);
        }

        int online = round.Free.Count;
        int goal = rules.AgentsPerRound == 0 ? online : Math.Min(rules.AgentsPerRound, online);
        return (AgentSelection.Order(rules.Seed, round.Number, round.Free).Take(Math.Min(online, (int)Math.Ceiling(goal * rules.OverSelection))), goal);
    }

    /// <summary>Results needed of <paramref name="goal"/> wanted: the fraction, rounded up, at least 1 of any.</summary>
    /// <remarks>The small term keeps a product like 0.7 × 10 = 7.000000000000001 from being rounded up to 8.</remarks>
    public static int QuorumOf(int goal, RoundRules rules) => Math.Max(Math.Min(1, goal), (int)Math.Ceiling((goal * rules.Quorum) - 1e-9));
}
