namespace EdgeFlora.Protocol.Fleet;

/// <summary>
/// When agents would have been silent for too long. An agent that is heard costs nothing here: its time is looked at when it has come, and put off
/// if it was heard meanwhile.
/// </summary>
internal sealed class SilenceWatch
{
    private readonly PriorityQueue<string, long> due = new();
    private readonly HashSet<string> watched = new(StringComparer.Ordinal);

    /// <summary>The earliest time at which somebody has to be looked at, run clock in milliseconds; absent: nobody is watched.</summary>
    public long? Next => due.TryPeek(out _, out long at) ? at : null;

    /// <summary>Has an agent looked at when <paramref name="at"/> has come, unless it is watched already.</summary>
    public void Watch(string agent, long at)
    {
        if (watched.Add(agent))
        {
            due.Enqueue(agent, at);
        }
    }

    /// <summary>Agents whose time has come; they are watched no longer.</summary>
    public IReadOnlyList<string> TakeDue(long now)
    {
        List<string> taken = [];
        while (due.TryPeek(out string? agent, out long at) && at <= now)
        {
            due.Dequeue();
            watched.Remove(agent);
            taken.Add(agent);
        }

        return taken;
    }
}
