namespace EdgeFlora.Coordinator.Store.Postgres;

/// <summary>
/// A lease that was seen to be over. It is taken only when it is seen so again: after an outage of the database all have lapsed and nobody is
/// connected, and whoever led may lead on.
/// </summary>
internal sealed class LapsedLease
{
    private static readonly TimeSpan AfterLapse = TimeSpan.FromSeconds(1);

    /// <summary>For a holder that is gone, long before its lease lapses; a moment longer, for a connection is soon made again.</summary>
    private static readonly TimeSpan AfterConnection = TimeSpan.FromSeconds(2);

    private long term;
    private long seenAt;

    /// <summary>Whether it has been seen so for long enough.</summary>
    public bool IsRipe(LeaseRow row, TimeProvider time)
    {
        if (term != row.Term)
        {
            (term, seenAt) = (row.Term, time.GetTimestamp());
        }

        return time.GetElapsedTime(seenAt) >= (row.IsLapsed ? AfterLapse : AfterConnection);
    }

    /// <summary>It is held, or the database was away.</summary>
    public void Forget() => term = 0;
}
