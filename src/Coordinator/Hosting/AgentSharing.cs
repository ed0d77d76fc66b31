using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Shares the fleet's agents out among the runs that are led. Thread-safe.</summary>
internal sealed class AgentSharing
{
    private readonly Lock gate = new();
    private readonly AgentAllocation allocation = new();

    /// <summary>Agents that work for some run.</summary>
    public int Busy
    {
        get
        {
            lock (gate)
            {
                return allocation.Held;
            }
        }
    }

    /// <summary>The agents that work for some run.</summary>
    public IReadOnlySet<string> AtWork
    {
        get
        {
            lock (gate)
            {
                return allocation.HeldAgents.ToHashSet(StringComparer.Ordinal);
            }
        }
    }

    /// <summary>The run that an agent works for.</summary>
    public Guid? RunOf(string agent)
    {
        lock (gate)
        {
            return allocation.HolderOf(agent);
        }
    }

    /// <summary>Whether the run asks for agents that work for others.</summary>
    public bool WaitsForTurn(Guid run)
    {
        lock (gate)
        {
            return allocation.IsWaiting(run);
        }
    }

    /// <summary>Agents that have a task of the run in their hands already.</summary>
    public void Hold(Guid run, IEnumerable<string> agents)
    {
        lock (gate)
        {
            allocation.Hold(run, agents);
        }
    }

    /// <summary>The run needs no agents any more.</summary>
    /// <returns>Which other runs get them.</returns>
    public IReadOnlyList<AgentGrant> Forget(Guid run)
    {
        lock (gate)
        {
            return allocation.Forget(run);
        }
    }

    /// <summary>A run has said which agents it needs.</summary>
    /// <param name="seen">How many grants it had seen when it said so.</param>
    /// <param name="changed">Only these agents can have become needless since it last said so; null: any.</param>
    /// <returns>Which runs get agents by that.</returns>
    public IReadOnlyList<AgentGrant> Update(Guid run, int priority, int seen, AgentDemand demand, IReadOnlyCollection<string>? changed = null)
    {
        lock (gate)
        {
            return allocation.Update(run, priority, seen, demand, changed);
        }
    }
}
