using System.Collections.Immutable;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>
/// Who works for which run. An agent works for one at a time. Of the runs that ask, the one of the highest priority is served first, then the one that has waited longest; while it waits
/// for agents that are at work, nobody behind it takes those that it could use, so that none starves.
/// </summary>
/// <remarks>No clock and no I/O; one caller at a time. The same calls in the same order give the same grants.</remarks>
internal sealed class AgentAllocation
{
    private readonly Dictionary<string, Guid> holders = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, Request> requests = [];
    private readonly Dictionary<Guid, int> granted = [];
    private long order;

    /// <summary>The run that an agent works for; null: none.</summary>
    public Guid? HolderOf(string agent) => holders.TryGetValue(agent, out Guid run) ? run : null;

    /// <summary>Agents at work.</summary>
    public int Held => holders.Count;

    /// <summary>Whether a run asks for agents that others hold, or that others are to have first.</summary>
    public bool IsWaiting(Guid run) => requests.ContainsKey(run);

    /// <summary>Agents that are at work for a run already: known from its tasks when its coordinator starts.</summary>
    public void Hold(Guid run, IEnumerable<string> agents)
    {
        foreach (string agent in agents)
        {
            holders[agent] = run;
        }
    }

    /// <summary>A run's wishes as they are now. What it no longer needs goes back.</summary>
    /// <param name="seen">Grants that the run knew of when it made its wishes; older ones than the last grant are passed over.</param>
    /// <returns>Whom to tell of agents that are theirs from now on, this run or others.</returns>
    public IReadOnlyList<AgentGrant> Update(Guid run, int priority, int seen, AgentDemand demand)
    {
        if (seen < granted.GetValueOrDefault(run))
        {
            return [];
        }

        foreach (string agent in holders.Where(held => held.Value == run && !demand.Kept.Contains(held.Key)).Select(held => held.Key).ToArray())
        {
            holders.Remove(agent);
        }

        if (demand.Candidates.IsEmpty)
        {
            requests.Remove(run);
        }
        else
        {
            long since = requests.TryGetValue(run, out Request? earlier) ? earlier.Since : ++order;
            requests[run] = new Request(run, priority, since, demand);
        }

        return Serve();
    }

    /// <summary>A run is over or leaves this process.</summary>
    public IReadOnlyList<AgentGrant> Forget(Guid run)
    {
        requests.Remove(run);
        granted.Remove(run);
        foreach (string agent in holders.Where(held => held.Value == run).Select(held => held.Key).ToArray())
        {
            holders.Remove(agent);
        }

        return Serve();
    }

    private List<AgentGrant> Serve()
    {
        var grants = new List<AgentGrant>();
        var reserved = new HashSet<string>(StringComparer.Ordinal);
        foreach (Request request in requests.Values.OrderByDescending(request => request.Priority).ThenBy(request => request.Since).ToArray())
        {
            string[] free = [.. request.Demand.Candidates.Where(agent => !holders.ContainsKey(agent) && !reserved.Contains(agent)).Take(request.Demand.AtMost)];
            if (free.Length >= request.Demand.AtLeast)
            {
                Hold(request.Run, free);
                granted[request.Run] = granted.GetValueOrDefault(request.Run) + 1;
                requests.Remove(request.Run);
                grants.Add(new AgentGrant(request.Run, [.. free]));
            }
            else
            {
                reserved.UnionWith(request.Demand.Candidates);
            }
        }

        return grants;
    }

    private sealed record Request(Guid Run, int Priority, long Since, AgentDemand Demand);
}

/// <summary>Agents that are a run's from now on.</summary>
internal sealed record AgentGrant(Guid Run, ImmutableArray<string> Agents);
