using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Monitoring;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>A service with one alert and one queue.</summary>
internal sealed class FakeServiceMonitor : IServiceMonitor
{
    public Task<ServiceResources> ResourcesAsync(CancellationToken stop) => Task.FromResult(new ServiceResources
    {
        At = DateTimeOffset.UnixEpoch,
        DiskFreeBytes = 5_000_000_000,
        DiskTotalBytes = 10_000_000_000,
        DatabaseBytes = 1_000_000,
        BodyBytes = 2_000_000,
        MemoryBytes = 100_000_000,
        ForgedMessages = 0,
        Queues = [new QueueDepth("ef.fleet", 3, 1)],
    });

    public Task<IReadOnlyList<ServiceAlert>> AlertsAsync(CancellationToken stop) => Task.FromResult<IReadOnlyList<ServiceAlert>>(
        [new ServiceAlert { Severity = AlertSeverity.Warning, Sentence = "1 agent is silent: b.", Fix = "Look on the device.", AgentId = "b" }]);
}
