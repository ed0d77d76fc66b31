using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>
/// A run's wish for agents that it has not got yet. Counts the free ones as they come and go, so that nobody looks through all of them before there
/// are enough.
/// </summary>
internal sealed class AgentRequest
{
    private readonly HashSet<string> candidates;
    private int free;

    /// <param name="since">Orders requests of one priority.</param>
    /// <param name="isTaken">Whether an agent works for some run now.</param>
    public AgentRequest(Guid run, int priority, long since, AgentDemand demand, Func<string, bool> isTaken)
    {
        Run = run;
        Priority = priority;
        Since = since;
        Demand = demand;
        candidates = demand.Candidates.ToHashSet(StringComparer.Ordinal);
        free = candidates.Count(agent => !isTaken(agent));
    }

    public Guid Run { get; }

    public int Priority { get; }

    public long Since { get; }

    public AgentDemand Demand { get; }

    /// <summary>Whether enough agents are free, if nobody has an older right to them.</summary>
    public bool CouldBeServed => free >= Demand.AtLeast;

    public void Taken(string agent) => free -= candidates.Contains(agent) ? 1 : 0;

    public void Freed(string agent) => free += candidates.Contains(agent) ? 1 : 0;
}
