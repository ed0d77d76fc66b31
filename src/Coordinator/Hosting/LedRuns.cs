using System.Collections.Concurrent;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The runs that this service leads at the moment. Thread-safe.</summary>
internal sealed class LedRuns
{
    private readonly ConcurrentDictionary<Guid, RunHost> hosts = [];

    public IEnumerable<RunHost> All => hosts.Values;

    public RunHost? Find(Guid run) => hosts.GetValueOrDefault(run);

    public bool Contains(Guid run) => hosts.ContainsKey(run);

    public void Add(RunHost host) => hosts[host.Id] = host;

    public void Remove(Guid run) => hosts.TryRemove(run, out _);

    /// <summary>Hands an input to every run and does not wait.</summary>
    public void Post(object input)
    {
        foreach (RunHost host in hosts.Values)
        {
            host.Post(input);
        }
    }
}
