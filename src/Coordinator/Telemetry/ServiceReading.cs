using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>What the API tells of the service at one moment: the dashboard's figures and the metrics are the same.</summary>
/// <param name="Resources">Null while the service is not ready, or where it could not look.</param>
public sealed record ServiceReading(ServiceStatus Status, ServiceResources? Resources = null, IReadOnlyList<ServiceAlert>? Alerts = null);
