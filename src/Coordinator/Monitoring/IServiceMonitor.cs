using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Monitoring;

/// <summary>The service's own condition as the API sees it. May be called by many at once.</summary>
public interface IServiceMonitor
{
    /// <summary>What it uses, and what waits in its queues; at most five seconds old.</summary>
    Task<ServiceResources> ResourcesAsync(CancellationToken stop);

    /// <summary>What an operator should know of, the most urgent first.</summary>
    Task<IReadOnlyList<ServiceAlert>> AlertsAsync(CancellationToken stop);
}
