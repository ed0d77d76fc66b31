using System.Data.Common;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Telemetry;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Reads a service's figures, as the API tells them.</summary>
internal static class ServiceFigures
{
    /// <summary>Only how the service stands while there is nothing to look at yet.</summary>
    public static async Task<ServiceReading> ReadAsync(IRunService runs, IServiceMonitor monitor, CancellationToken stop)
    {
        ServiceStatus status = await runs.StatusAsync(stop);
        try
        {
            return status.Ready
                ? new ServiceReading(status, await monitor.ResourcesAsync(stop), await monitor.AlertsAsync(stop))
                : new ServiceReading(status);
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException or DbException or StoreUnavailableException)
        {
            return new ServiceReading(status);
        }
    }
}
