namespace EdgeFlora.EdgeAgent.Messaging;

/// <summary>Fences off a coordinator that was succeeded: messages of a lower term than one already seen in their run are stale.</summary>
/// <remarks>
/// Terms count within a run: the next run begins at 1 again, and an agent outlives many. A mark that no coordinator has spoken under for
/// <see cref="Lapse"/> counts no more: a service that goes on from a backup begins below what its agents have seen, and so would a forged term
/// deafen an agent for good. Nothing is lost by that: the store fences coordinators off, an agent's gate only spares it work.
/// </remarks>
internal sealed class TermGate(TimeProvider clock)
{
    /// <summary>How long the coordinator of the highest term must have been silent; it answers a hello within seconds.</summary>
    public static readonly TimeSpan Lapse = TimeSpan.FromSeconds(60);

    /// <summary>So often at most it is asked who leads, however many stale messages come.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private const int RunsRemembered = 64;

    /// <summary>
    /// A coordinator's term grows by one whenever one takes over: nobody can have got further than this ahead. A forged term beyond it would make
    /// the agent deaf.
    /// </summary>
    private const long MaxLead = 1_000_000;

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Mark> marks = [];
    private readonly Queue<Guid> runs = new();
    private long? askedAt;

    /// <summary>Whether a stale message is to be followed by a hello: whoever answers it leads.</summary>
    public bool MayAsk()
    {
        lock (gate)
        {
            if (askedAt is { } last && clock.GetElapsedTime(last) < Pause)
            {
                return false;
            }

            askedAt = clock.GetTimestamp();
            return true;
        }
    }

    /// <summary>The highest term seen in a run; 0 before the first.</summary>
    public long HighestOf(Guid run)
    {
        lock (gate)
        {
            return marks.GetValueOrDefault(run).Term;
        }
    }

    /// <summary>Whether a message of this term still counts in its run; raises the mark if it is a higher one, lowers one that has lapsed.</summary>
    public TermVerdict Judge(Guid run, long term)
    {
        lock (gate)
        {
            bool known = marks.TryGetValue(run, out Mark mark);
            if (term < 0 || term - mark.Term > MaxLead)
            {
                return TermVerdict.Stale;
            }

            bool lower = term < mark.Term;
            if (lower && clock.GetElapsedTime(mark.HeardAt) < Lapse)
            {
                return TermVerdict.Stale;
            }

            if (!known)
            {
                runs.Enqueue(run);
                if (runs.Count > RunsRemembered)
                {
                    marks.Remove(runs.Dequeue());
                }
            }

            marks[run] = new Mark(term, clock.GetTimestamp());
            return lower ? TermVerdict.Lapsed : TermVerdict.Counts;
        }
    }

    /// <param name="HeardAt">When a message of this term came last, as a timestamp of the clock.</param>
    private readonly record struct Mark(long Term, long HeardAt);
}
