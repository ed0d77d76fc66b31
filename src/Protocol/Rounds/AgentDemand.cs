using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>What a run wants of a shared fleet at this moment: the agents it still needs, and those it asks for.</summary>
internal sealed record AgentDemand
{
    /// <summary>Agents it holds and still needs; all others that it holds go back.</summary>
    public ImmutableSortedSet<string> Kept { get; private init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Agents that would do, those it wants most first; none: it asks for nothing.</summary>
    public ImmutableArray<string> Candidates { get; private init; } = [];

    /// <summary>Fewer than these are of no use to it.</summary>
    public int AtLeast { get; private init; }

    public int AtMost { get; private init; }

    /// <param name="round">The present round; null before the first.</param>
    /// <param name="paused">Whether nothing new is to begin.</param>
    /// <param name="drained">Agents that finish what they have and get nothing new.</param>
    public static AgentDemand Of(Round? round, long now, RoundRules rules, bool paused, IReadOnlySet<string> drained) => round switch
    {
        { State: RoundState.Planned } => Planned(round, now, rules, paused, drained),
        { IsOpen: true } => Open(round, now, rules, paused, drained),
        { State: RoundState.Frozen or RoundState.Aggregating } when rules.GoesOn(round.Number) =>
            new AgentDemand { Kept = Agents(round, task => task.State is TaskState.Late or TaskState.Lost) },
        _ => new AgentDemand(),
    };

    private static AgentDemand Planned(Round round, long now, RoundRules rules, bool paused, IReadOnlySet<string> drained)
    {
        if (paused || !RoundOpening.IsReady(round, now, rules))
        {
            return new AgentDemand { Kept = round.Busy };
        }

        ImmutableSortedSet<string> free = round.Online.Except(round.Busy).Except(drained);
        int needed = Math.Max(1, round.Needed - round.Online.Intersect(round.Busy).Count);
        int asked = AskedAtMost(rules);
        return free.Count < needed ? new AgentDemand { Kept = round.Busy } : new AgentDemand
        {
            Kept = round.Busy,
            Candidates = AgentSelection.Order(rules.Seed, round.Number, free),
            AtLeast = Math.Min(needed, asked),
            AtMost = asked,
        };
    }

    /// <summary>
    /// Agents at work, also behind a broken link; and a spare one for each task that ended without a result, while a task's usual length is left.
    /// </summary>
    private static AgentDemand Open(Round round, long now, RoundRules rules, bool paused, IReadOnlySet<string> drained)
    {
        ImmutableSortedSet<string> kept = round.Busy.IsEmpty ? round.Held : round.Busy.Union(round.Held);
        int missing = Missing(round);
        if (paused || rules.SamplingRate is not null || missing <= 0 || IsTooLate(round, now))
        {
            return new AgentDemand { Kept = kept };
        }

        ImmutableSortedSet<string> spares = round.Online.Except(round.Busy).Except(round.Tasks.Keys).Except(drained);
        ImmutableSortedSet<string> proven = spares.Except(round.Standings.Keys);
        return new AgentDemand
        {
            Kept = kept,
            Candidates =
            [
                .. AgentSelection.Order(rules.Seed, round.Number, proven),
                .. AgentSelection.Order(rules.Seed, round.Number, spares.Except(proven)),
            ],
            AtLeast = 1,
            AtMost = proven.Count >= missing ? missing : Math.Min(spares.Count, proven.Count + SparesBesides(missing, spares.Count, rules)),
        };
    }

    /// <summary>Results that nobody is at work for.</summary>
    public static int Missing(Round round) => Math.Max(round.Goal, round.Wanted) - round.Done - round.Tally.Waited;

    /// <summary>Whether less than a task's usual length is left.</summary>
    public static bool IsTooLate(Round round, long now) => now + round.TypicalTaskMs >= round.HardDeadline;

    /// <summary>So many spares that have yet to show that they work are asked where those that have shown it are too few.</summary>
    /// <param name="missing">Results that are missing.</param>
    /// <param name="spares">Agents that could be asked.</param>
    public static int SparesBesides(int missing, int spares, RoundRules rules) => rules.AgentsPerRound == 0 ? spares : 2 * missing;

    /// <summary>A private run draws from all that are there.</summary>
    private static int AskedAtMost(RoundRules rules) =>
        rules.AgentsPerRound == 0 || rules.SamplingRate is not null ? int.MaxValue : (int)Math.Ceiling(rules.AgentsPerRound * rules.OverSelection);

    private static ImmutableSortedSet<string> Agents(Round round, Func<AgentTask, bool> which) =>
        round.Tasks.Values.Where(which).Select(task => task.Agent).ToImmutableSortedSet(StringComparer.Ordinal);
}
