namespace EdgeFlora.EdgeAgent.Messaging;

/// <summary>Fences off a coordinator that was succeeded: messages of a lower term than one already seen in their run are dropped.</summary>
/// <remarks>Terms count within a run: the next run begins at 1 again, and an agent outlives many.</remarks>
internal sealed class TermGate
{
    private const int RunsRemembered = 64;

    /// <summary>
    /// A coordinator's term grows by one whenever one takes over: nobody can have got further than this ahead. A forged term beyond it would make
    /// the agent deaf.
    /// </summary>
    private const long MaxLead = 1_000_000;

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, long> highest = [];
    private readonly Queue<Guid> runs = new();

    /// <summary>The highest term seen in a run; 0 before the first.</summary>
    public long HighestOf(Guid run)
    {
        lock (gate)
        {
            return highest.GetValueOrDefault(run);
        }
    }

    /// <summary>Whether a message of this term still counts in its run; raises the mark if it is a higher one.</summary>
    public bool Admits(Guid run, long term)
    {
        lock (gate)
        {
            bool known = highest.TryGetValue(run, out long seen);
            if (term < 0 || term - seen > MaxLead)
            {
                return false;
            }

            if (!known)
            {
                runs.Enqueue(run);
                if (runs.Count > RunsRemembered)
                {
                    highest.Remove(runs.Dequeue());
                }
            }

            highest[run] = Math.Max(seen, term);
            return term >= seen;
        }
    }
}
