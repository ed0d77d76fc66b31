using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>
/// The agents of the fleet as they are stored, and who was heard when. May be read at any time; changes come one at a time, which its owner sees
/// to.
/// </summary>
/// <param name="silence">Silence after which nobody waits for an agent.</param>
internal sealed class FleetRoster(ServiceStore store, TimeSpan silence, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, FleetAgent> agents = new(StringComparer.Ordinal);

    /// <summary>Agents that finish what they have and get nothing new.</summary>
    public ImmutableHashSet<string> Drained { get; private set; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>All agents, in the order of their names.</summary>
    public IReadOnlyList<FleetAgent> All() => [.. agents.Values.OrderBy(agent => agent.Name, StringComparer.Ordinal)];

    public FleetAgent? Find(string name) => agents.GetValueOrDefault(name);

    public AgentPresence PresenceOf(FleetAgent agent) =>
        agent.Left ? AgentPresence.Left
        : agent.IsCutOff || time.GetUtcNow() - agent.LastHeardAt >= silence ? AgentPresence.Silent
        : AgentPresence.Online;

    /// <summary>Brings the fleet back; whoever was there has a fresh start.</summary>
    public void Load()
    {
        foreach ((string name, string body) in store.Fleet())
        {
            FleetAgent agent = JsonSerializer.Deserialize<FleetAgent>(body)!;
            Put(name, agent.Left ? agent : agent with { LastHeardAt = time.GetUtcNow() });
        }
    }

    /// <summary>Stores an agent as it is now.</summary>
    /// <param name="what">What has happened to it, for people; null: nothing to tell.</param>
    /// <param name="by">The operator who did it; null: the agent itself.</param>
    public void Save(FleetAgent agent, string? what, string? by = null, StoredCommand? command = null)
    {
        StoredHistory? history = what is null ? null : new StoredHistory(time.GetUtcNow().ToUnixTimeMilliseconds(), what, Run: null, by);
        store.SaveAgent(agent.Name, JsonSerializer.Serialize(agent), history, command);
        Put(agent.Name, agent);
    }

    /// <summary>The newest round that was opened of each run that is not over, by the run's id.</summary>
    public IReadOnlyDictionary<string, int> NewestRounds() => store.NewestRounds();

    /// <summary>Notes what is known of an agent from moment to moment, in memory alone.</summary>
    public void Note(FleetAgent agent) => Put(agent.Name, agent);

    private void Put(string name, FleetAgent agent)
    {
        agents[name] = agent;
        Drained = agent.Standing == AgentStanding.Draining ? Drained.Add(name) : Drained.Remove(name);
    }
}
