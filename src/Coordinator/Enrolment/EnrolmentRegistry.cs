using System.Collections.Concurrent;
using System.Text.Json;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Enrolment;

/// <summary>Which agents are enrolled. Read for every message. Thread-safe.</summary>
internal sealed class EnrolmentRegistry
{
    private readonly ServiceStore store;
    private readonly ConcurrentDictionary<string, EnrolledAgent> agents;

    public EnrolmentRegistry(ServiceStore store)
    {
        this.store = store;
        agents = new(
            store.Enrolments().Select(row => KeyValuePair.Create(row.Agent, JsonSerializer.Deserialize<EnrolledAgent>(row.Body)!)),
            StringComparer.Ordinal);
    }

    public IReadOnlyList<EnrolledAgent> All => [.. agents.Values.OrderBy(agent => agent.Name, StringComparer.Ordinal)];

    public EnrolledAgent? Find(string name) => agents.GetValueOrDefault(name);

    public void Save(EnrolledAgent agent)
    {
        store.SaveEnrolment(agent.Name, JsonSerializer.Serialize(agent));
        agents[agent.Name] = agent;
    }

    public void Forget(string name)
    {
        store.SaveEnrolment(name, body: null);
        agents.TryRemove(name, out _);
    }
}
