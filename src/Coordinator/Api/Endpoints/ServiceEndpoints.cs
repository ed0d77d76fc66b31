using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>The service itself: its condition, its health.</summary>
internal static class ServiceEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder api, IRunService runs) => api.MapGet(
        "/status",
        (CancellationToken stop) => runs.StatusAsync(stop))
        .ForView().WithName("GetStatus").WithSummary("How the service stands.").WithTags("Service");

    /// <summary>What operators look after: disk, memory, queues, and what needs them.</summary>
    public static void MapMonitor(this IEndpointRouteBuilder api, IServiceMonitor monitor)
    {
        api.MapGet("/resources", (CancellationToken stop) => monitor.ResourcesAsync(stop))
            .ForView().WithName("GetResources").WithSummary("What the service uses, and what waits in its queues.").WithTags("Service");
        api.MapGet("/alerts", (CancellationToken stop) => monitor.AlertsAsync(stop))
            .ForView().WithName("ListAlerts").WithSummary("What an operator should know of, the most urgent first, each with what to do.")
            .WithTags("Service");
    }

    /// <summary>For whoever keeps the process alive: open to everybody, and telling next to nothing.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes, IRunService runs)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("alive\n")).ExcludeFromDescription();
        routes.MapGet("/readyz", async (CancellationToken stop) => (await runs.StatusAsync(stop)).Ready
            ? TypedResults.Text("ready\n")
            : Results.Text("not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable)).ExcludeFromDescription();
    }
}
