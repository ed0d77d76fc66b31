using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Runs;
using Prometheus;

namespace EdgeFlora.Coordinator.Api.Metrics;

/// <summary>Gauges of the service, read when they are asked for, in a registry of their own.</summary>
internal sealed class ServiceMetrics
{
    private readonly Gauge runsByState;
    private readonly Gauge agents;

    public ServiceMetrics(IRunService runs)
    {
        MetricFactory factory = Prometheus.Metrics.WithCustomRegistry(Registry);
        runsByState = factory.CreateGauge("edgeflora_runs", "Runs in the store, by state; Queued is the queue.", "state");
        agents = factory.CreateGauge("edgeflora_agents", "Agents of the fleet: enrolled, online, busy.", "state");
        Gauge ready = factory.CreateGauge("edgeflora_ready", "1 when the service takes commands and events flow.");
        Gauge term = factory.CreateGauge("edgeflora_term", "Term of this service on its store.");
        Counter forged = factory.CreateCounter("edgeflora_forged_messages_total", "Messages in the name of agents whose users did not send them; they were dropped.");
        Registry.AddBeforeCollectCallback(async stop =>
        {
            ServiceStatus status = await runs.StatusAsync(stop);
            Publish(status);
            ready.Set(status.Ready ? 1 : 0);
            term.Set(status.Term);
            forged.IncTo(status.ForgedMessages);
        });
    }

    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    private void Publish(ServiceStatus status)
    {
        foreach (RunState state in Enum.GetValues<RunState>())
        {
            runsByState.WithLabels(state.ToString()).Set(status.Runs.GetValueOrDefault(state));
        }

        agents.WithLabels("enrolled").Set(status.Agents);
        agents.WithLabels("online").Set(status.AgentsOnline);
        agents.WithLabels("busy").Set(status.AgentsBusy);
    }
}
