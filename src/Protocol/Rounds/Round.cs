using System.Collections.Immutable;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>A round as it stands. Times are milliseconds of the run clock, which stands still while no coordinator lives.</summary>
internal sealed record Round
{
    public required int Number { get; init; }

    public required RoundState State { get; init; }

    /// <summary>Agents that must be there before it opens.</summary>
    public required int Needed { get; init; }

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

    /// <summary>When the last result counted.</summary>
    public long LastResultAt { get; init; }

    /// <summary>Median length of a task in the round before; a spare agent is asked only if as much time is left. 0: not known.</summary>
    public long TypicalTaskMs { get; init; }

    /// <summary>Trainers that are there and may be asked, by name. Not stored: known again from the agents after a restart.</summary>
    public ImmutableSortedSet<string> Online { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Agents still at work for the round before, who are not asked. Not stored: known again from that round's tasks.</summary>
    public ImmutableSortedSet<string> Busy { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Secret of a private round's draw. Not stored: the tasks are what was drawn, and before there are any a successor may as well draw anew.</summary>
    public ImmutableArray<byte> SamplingKey { get; init; }

    public ImmutableSortedDictionary<string, AgentTask> Tasks { get; init; } = ImmutableSortedDictionary.Create<string, AgentTask>(StringComparer.Ordinal);

    public bool IsOpen => State is RoundState.Offering or RoundState.Collecting;

    /// <summary>Trainers that are there and not busy.</summary>
    public ImmutableSortedSet<string> Free => Online.Except(Busy);

    /// <summary>Whether its inputs are still open: planned, or collecting.</summary>
    public bool IsBeforeFreeze => State == RoundState.Planned || IsOpen;

    public bool IsOver => State is RoundState.Committed or RoundState.Skipped;

    public int Done => Count(TaskState.Done);

    /// <summary>
    /// Agents that count towards the quorum. In a private run also those whose task failed or whose result was refused: that may be for what their data made of it, and whether a sum is
    /// published must not hang on anybody's data. They count as zeros.
    /// </summary>
    public int Answered(RoundRules rules) => rules.SamplingRate is null ? Done : Done + Count(TaskState.Failed) + Count(TaskState.Rejected);

    public bool AnyAtWork => Tasks.Values.Any(task => task.AtWork);

    /// <summary>Waits for <paramref name="needed"/> agents until <paramref name="deadline"/>.</summary>
    public static Round Plan(int number, int needed, long deadline, long typicalTaskMs, IEnumerable<string> online, IEnumerable<string>? busy = null) => new()
    {
        Number = number,
        State = RoundState.Planned,
        Needed = needed,
        HardDeadline = deadline,
        TypicalTaskMs = typicalTaskMs,
        Online = online.ToImmutableSortedSet(StringComparer.Ordinal),
        Busy = (busy ?? []).ToImmutableSortedSet(StringComparer.Ordinal),
    };

    public int Count(TaskState state) => Tasks.Values.Count(task => task.State == state);

    /// <summary>The next moment at which the passing of time alone changes something; absent only when the round is over.</summary>
    public long? NextTimer(RoundRules rules)
    {
        if (IsOver)
        {
            return null;
        }

        long next = HardDeadline;
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

            foreach (AgentTask task in Tasks.Values)
            {
                next = task.AtWork ? Math.Min(next, task.LeaseEnd(rules)) : next;
            }
        }

        return next;
    }

    public Round With(AgentTask task) => this with { Tasks = Tasks.SetItem(task.Agent, task) };

    /// <summary>Median time from a task's offer to its result; 0 if there is no result.</summary>
    public long MedianTaskMs
    {
        get
        {
            long[] lengths = [.. Tasks.Values.Where(task => task.DoneAt is not null).Select(task => task.DoneAt!.Value - task.OfferedAt).Order()];
            return lengths.Length == 0 ? 0 : lengths[lengths.Length / 2];
        }
    }

    /// <summary>Whether more has changed than when agents were heard, which is not worth a write to disk: after a restart every lease starts afresh anyway.</summary>
    public bool IsWorthStoringAfter(Round before) =>
        before.State != State
        || before.LastResultAt != LastResultAt
        || Tasks.Any(task => !before.Tasks.TryGetValue(task.Key, out AgentTask? earlier) || earlier with { LastHeard = 0 } != task.Value with { LastHeard = 0 });
}
