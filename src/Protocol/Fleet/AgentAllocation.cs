using System.Collections.Immutable;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>
/// Who works for which run. An agent works for one at a time. Of the runs that ask, the one of the highest priority is served first, then the one
/// that has waited longest; while it waits
/// for agents that are at work, nobody behind it takes those that it could use, so that none starves.
/// </summary>
/// <remarks>
/// No clock and no I/O; one caller at a time. The same calls in the same order give the same grants. An agent that is given back costs no look at the
/// others.
/// </remarks>
internal sealed class AgentAllocation
{
    private readonly Dictionary<string, Guid> holders = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, HashSet<string>> held = [];
    private readonly Dictionary<Guid, AgentRequest> requests = [];
    private readonly Dictionary<Guid, int> granted = [];
    private readonly HashSet<Guid> passedOver = [];
    private long order;

    /// <summary>The run that an agent works for; null: none.</summary>
    public Guid? HolderOf(string agent) => holders.TryGetValue(agent, out Guid run) ? run : null;

    /// <summary>Agents at work.</summary>
    public int Held => holders.Count;

    public IEnumerable<string> HeldAgents => holders.Keys;

    /// <summary>Agents that were looked at so far: what the work done here is measured by.</summary>
    public long Looks { get; private set; }

    /// <summary>Whether a run asks for agents that others hold, or that others are to have first.</summary>
    public bool IsWaiting(Guid run) => requests.ContainsKey(run);

    /// <summary>Agents that are at work for a run already: known from its tasks when its coordinator starts.</summary>
    public void Hold(Guid run, IEnumerable<string> agents)
    {
        foreach (string agent in agents)
        {
            Release(agent);
            holders[agent] = run;
            held.TryAdd(run, new HashSet<string>(StringComparer.Ordinal));
            held[run].Add(agent);
            foreach (AgentRequest request in requests.Values)
            {
                request.Taken(agent);
            }
        }
    }

    /// <summary>A run's wishes as they are now. What it no longer needs goes back.</summary>
    /// <param name="seen">Grants that the run knew of when it made its wishes; older ones than the last grant are passed over.</param>
    /// <param name="changed">Only these agents can have become needless since the call before; null: any.</param>
    /// <returns>Whom to tell of agents that are theirs from now on, this run or others.</returns>
    public IReadOnlyList<AgentGrant> Update(Guid run, int priority, int seen, AgentDemand demand, IReadOnlyCollection<string>? changed = null)
    {
        if (seen < granted.GetValueOrDefault(run))
        {
            passedOver.Add(run);
            return [];
        }

        bool any = passedOver.Remove(run) || changed is null;
        IEnumerable<string> own = any ? held.GetValueOrDefault(run, []).ToArray() : changed!;
        foreach (string agent in own)
        {
            Looks++;
            if (HolderOf(agent) == run && !demand.Kept.Contains(agent))
            {
                Release(agent);
            }
        }

        if (demand.Candidates.IsEmpty)
        {
            requests.Remove(run);
        }
        else
        {
            long since = requests.TryGetValue(run, out AgentRequest? earlier) ? earlier.Since : ++order;
            requests[run] = new AgentRequest(run, priority, since, demand, holders.ContainsKey);
            Looks += demand.Candidates.Length;
        }

        return Serve();
    }

    /// <summary>A run is over or leaves this process.</summary>
    public IReadOnlyList<AgentGrant> Forget(Guid run)
    {
        requests.Remove(run);
        granted.Remove(run);
        passedOver.Remove(run);
        foreach (string agent in held.GetValueOrDefault(run, []).ToArray())
        {
            Release(agent);
        }

        held.Remove(run);
        return Serve();
    }

    private void Release(string agent)
    {
        if (!holders.Remove(agent, out Guid run))
        {
            return;
        }

        held[run].Remove(agent);
        foreach (AgentRequest request in requests.Values)
        {
            request.Freed(agent);
        }
    }

    private List<AgentGrant> Serve()
    {
        var grants = new List<AgentGrant>();
        if (!requests.Values.Any(request => request.CouldBeServed))
        {
            return grants;
        }

        var reserved = new HashSet<string>(StringComparer.Ordinal);
        foreach (AgentRequest request in requests.Values.OrderByDescending(request => request.Priority).ThenBy(request => request.Since).ToArray())
        {
            Looks += request.Demand.Candidates.Length;
            string[] free =
            [
                .. request.Demand.Candidates.Where(agent => !holders.ContainsKey(agent) && !reserved.Contains(agent)).Take(request.Demand.AtMost),
            ];
            if (free.Length >= request.Demand.AtLeast)
            {
                requests.Remove(request.Run);
                Hold(request.Run, free);
                granted[request.Run] = granted.GetValueOrDefault(request.Run) + 1;
                grants.Add(new AgentGrant(request.Run, [.. free]));
            }
            else
            {
                reserved.UnionWith(request.Demand.Candidates);
            }
        }

        return grants;
    }
}

/// <summary>Agents that are a run's from now on.</summary>
internal sealed record AgentGrant(Guid Run, ImmutableArray<string> Agents);
