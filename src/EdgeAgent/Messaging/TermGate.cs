namespace EdgeFlora.EdgeAgent.Messaging;

/// <summary>Fences off a coordinator that was succeeded: messages of a lower term than one already seen are dropped.</summary>
internal sealed class TermGate
{
    private long highest;

    public long Highest => Interlocked.Read(ref highest);

    /// <summary>Whether a message of this term still counts; raises the mark if it is a higher one.</summary>
    public bool Admits(long term)
    {
        long seen;
        while (term > (seen = Interlocked.Read(ref highest)))
        {
            if (Interlocked.CompareExchange(ref highest, term, seen) == seen)
            {
                return true;
            }
        }

        return term == seen;
    }
}
