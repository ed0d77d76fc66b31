using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>A round as it stands. Times are milliseconds of the run clock, which stands still while no coordinator lives.</summary>
internal sealed record Round
{
    public required int Number { get; init; }

    public required RoundState State { get; init; }

    /// <summary>Agents that must be there before it opens.</summary>
    public required int Needed { get; init; }

    /// <summary>Results wanted when it was opened: as many tasks are given out, as long as there is anybody to give them to.</summary>
    public int Wanted { get; init; }

    /// <summary>Results at which it closes at once.</summary>
    public int Goal { get; init; }

    /// <summary>Results without which it has no outcome.</summary>
    public int Quorum { get; init; }

    /// <summary>When it was opened.</summary>
    public long OpenedAt { get; init; }

    /// <summary>From here on a quorum is enough.</summary>
    public long SoftDeadline { get; init; }

    /// <summary>The end of the present state, whatever has come in.</summary>
    public required long HardDeadline { get; init; }

    /// <summary>How often it was extended.</summary>
    public int Extension { get; init; }

    /// <summary>When its inputs were frozen; absent before that, and for rounds that an earlier build froze.</summary>
    public long? FrozenAt { get; init; }

    /// <summary>How often its aggregation was begun.</summary>
    public int Aggregations { get; init; }

    /// <summary>When the last result counted.</summary>
    public long LastResultAt { get; init; }

    /// <summary>Median length of a task in the round before; a spare agent is asked only if as much time is left. 0: not known.</summary>
    public long TypicalTaskMs { get; init; }

    /// <summary>Trainers that are there and may be asked, by name. Not stored: known again from the agents after a restart.</summary>
    public ImmutableSortedSet<string> Online { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Agents still at work for the round before, who are not asked. Not stored: known again from that round's tasks.</summary>
    public ImmutableSortedSet<string> Busy { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>
    /// Agents of a shared fleet that this round may give tasks to; null: the fleet is the run's alone. Not stored: whoever has a task of an open
    /// round is held for it.
    /// </summary>
    public ImmutableSortedSet<string>? Granted { get; init; }

    /// <summary>
    /// Agents that have missed two heartbeats. Nobody waits for them, and they are offered nothing; their leases live on. Not stored: a restart
    /// gives everybody a fresh start.
    /// </summary>
    public ImmutableSortedSet<string> Silent { get; private init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>
    /// Standings other than <see cref="AgentStanding.Proven"/>, by agent. Set before the tasks. Not stored: known again from the agents after a
    /// restart.
    /// </summary>
    public ImmutableDictionary<string, AgentStanding> Standings { get; init; } =
        ImmutableDictionary.Create<string, AgentStanding>(StringComparer.Ordinal);

    /// <summary>Whether everybody who could be a spare has been asked. Not stored.</summary>
    public bool SparesAsked { get; init; }

    /// <summary>
    /// Secret of a private round's draw. Not stored: the tasks are what was drawn, and before there are any a successor may as well draw anew.
    /// </summary>
    public ImmutableArray<byte> SamplingKey { get; init; }

    public ImmutableSortedDictionary<string, AgentTask> Tasks
    {
        get => TaskMap;
        init
        {
            TaskMap = value;
            Tally = value.Values.Aggregate(default(TaskTally), (sum, task) => sum + TallyOf(task));
            Changed = value.Keys.ToImmutableHashSet(StringComparer.Ordinal);
            Held = value.Values.Where(IsHeld).Select(task => task.Agent).ToImmutableSortedSet(StringComparer.Ordinal);
            LeaseCheckAt = 0;
        }
    }

    public TaskTally Tally { get; private init; }

    /// <summary>Agents whose tasks have changed since the step began.</summary>
    public ImmutableHashSet<string> Changed { get; private init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Agents at work, also behind a broken link. The same set for as long as nobody joins or leaves it.</summary>
    public ImmutableSortedSet<string> Held { get; private init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>
    /// No lease ends before; run clock in milliseconds. Leases are looked at no earlier, and 0 says that they are to be looked at now.
    /// </summary>
    public long LeaseCheckAt { get; private init; }

    private ImmutableSortedDictionary<string, AgentTask> TaskMap { get; init; } =
        ImmutableSortedDictionary.Create<string, AgentTask>(StringComparer.Ordinal);

    public bool IsOpen => State is RoundState.Offering or RoundState.Collecting;

    /// <summary>Trainers that are there, not busy and, in a shared fleet, held for this run.</summary>
    public ImmutableSortedSet<string> Free => (Granted is null ? Online : Online.Intersect(Granted)).Except(Busy);

    /// <summary>Whether its inputs are still open: planned, or collecting.</summary>
    public bool IsBeforeFreeze => State == RoundState.Planned || IsOpen;

    public bool IsOver => State is RoundState.Committed or RoundState.Skipped;

    public int Done => Tally.Done;

    /// <summary>
    /// Agents that count towards the quorum. In a private run also those whose task failed or whose result was refused: that may be for what their
    /// data made of it, and whether a sum is
    /// published must not hang on anybody's data. They count as zeros.
    /// </summary>
    public int Answered(RoundRules rules) => rules.SamplingRate is null ? Done : Done + Tally.Failed + Tally.Rejected;

    public bool AnyAtWork => Tally.AtWork > 0;

    /// <summary>Whether anybody is at work who is worth waiting for.</summary>
    public bool AnyWaitedFor => Tally.Waited > 0;

    /// <summary>Waits for <paramref name="needed"/> agents until <paramref name="deadline"/>.</summary>
    public static Round Plan(
        int number,
        int needed,
        long deadline,
        long typicalTaskMs,
        IEnumerable<string> online,
        IEnumerable<string>? busy = null,
        IEnumerable<KeyValuePair<string, AgentStanding>>? standings = null) => new()
        {
            Standings = (standings ?? []).Where(standing => standing.Value != AgentStanding.Proven).ToImmutableDictionary(StringComparer.Ordinal),
            Number = number,
            State = RoundState.Planned,
            Needed = needed,
            HardDeadline = deadline,
            TypicalTaskMs = typicalTaskMs,
            Online = online.ToImmutableSortedSet(StringComparer.Ordinal),
            Busy = (busy ?? []).ToImmutableSortedSet(StringComparer.Ordinal),
        };

    public AgentStanding StandingOf(string agent) => Standings.GetValueOrDefault(agent, AgentStanding.Proven);

    /// <summary>The next moment at which the passing of time alone changes something; absent only when the round is over.</summary>
    /// <param name="now">Run clock in milliseconds, not before the last step.</param>
    public long? NextTimer(long now, RoundRules rules)
    {
        if (IsOver)
        {
            return null;
        }

        long next = HardDeadline;
        if (State == RoundState.Planned && Online.Count >= Needed && !RoundOpening.IsReady(this, now, rules))
        {
            // Enough are there, but too few that answer.
            next = Math.Min(next, RoundOpening.DueAt(this, rules));
        }

        if (IsOpen)
        {
            if (State == RoundState.Offering)
            {
                next = Math.Min(next, OpenedAt + rules.OfferTimeoutMs);
            }

            if (Answered(rules) >= Quorum)
            {
                next = Math.Min(next, rules.SamplingRate is null ? Math.Min(SoftDeadline, LastResultAt + rules.StragglerGraceMs) : SoftDeadline);
            }

            // May be earlier than the first lease's end: then they are looked at, and the next time is known.
            next = Math.Min(next, AnyAtWork ? LeaseCheckAt : long.MaxValue);
        }

        return next;
    }

    /// <summary>With a task that ended, or whose lease does not end earlier than before.</summary>
    public Round With(AgentTask task) => this with
    {
        TaskMap = Tasks.SetItem(task.Agent, task),
        Tally = Tally - TallyOf(Tasks.GetValueOrDefault(task.Agent)) + TallyOf(task),
        Changed = Changed.Add(task.Agent),
        Held = IsHeld(task) ? Held.Add(task.Agent) : Held.Remove(task.Agent),
    };

    /// <summary>With a task that is at work now.</summary>
    public Round With(AgentTask task, RoundRules rules) => With(task) with { LeaseCheckAt = Math.Min(LeaseCheckAt, task.LeaseEnd(rules)) };

    public Round WithSilent(string agent, bool silent)
    {
        Round changed = this with { Silent = silent ? Silent.Add(agent) : Silent.Remove(agent) };
        return changed with { Tally = Tally - TallyOf(Tasks.GetValueOrDefault(agent)) + changed.TallyOf(Tasks.GetValueOrDefault(agent)) };
    }

    /// <summary>With the standing of an agent that was not known when the round was planned; that of any other stays for the round.</summary>
    public Round WithStanding(string agent, AgentStanding standing) =>
        standing == AgentStanding.Proven || Standings.ContainsKey(agent) || Tasks.ContainsKey(agent)
            ? this
            : this with { Standings = Standings.Add(agent, standing) };

    public Round WithLeasesCheckedUntil(long next) => this with { LeaseCheckAt = next };

    /// <summary>Nothing has changed yet in the step that begins.</summary>
    public Round Unchanged() => Changed.IsEmpty ? this : this with { Changed = Changed.Clear() };

    private static bool IsHeld(AgentTask task) => task.AtWork || task.State == TaskState.Lost;

    private TaskTally TallyOf(AgentTask? task) => task is null ? default : TaskTally.Of(task, StandingOf(task.Agent), Silent.Contains(task.Agent));

    /// <summary>Median time from a task's offer to its result; 0 if there is no result.</summary>
    public long MedianTaskMs
    {
        get
        {
            long[] lengths = [.. Tasks.Values.Where(task => task.DoneAt is not null).Select(task => task.DoneAt!.Value - task.OfferedAt).Order()];
            return lengths.Length == 0 ? 0 : lengths[lengths.Length / 2];
        }
    }

    /// <summary>
    /// Whether more has changed than when agents were heard, which is not worth a write to disk: after a restart every lease starts afresh anyway.
    /// </summary>
    public bool IsWorthStoringAfter(Round before) =>
        before.State != State
        || before.LastResultAt != LastResultAt
        || before.Aggregations != Aggregations
        || before.Goal != Goal
        || Changed.Any(
            agent => !before.Tasks.TryGetValue(agent, out AgentTask? earlier)
                || earlier with { LastHeard = 0 } != Tasks[agent] with { LastHeard = 0 });
}
