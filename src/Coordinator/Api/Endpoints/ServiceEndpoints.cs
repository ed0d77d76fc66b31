using EdgeFlora.Coordinator.Monitoring;
using EdgeFlora.Coordinator.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>The service itself: its condition, its health.</summary>
internal static class ServiceEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder api, IRunService runs)
    {
        api.MapGet("/status", (CancellationToken stop) => runs.StatusAsync(stop))
            .ForView().WithName("GetStatus").WithSummary("How the service stands.").WithTags("Service");
        api.MapGet("/signing-key", (CancellationToken stop) => runs.SigningKeyAsync(stop))
            .ForView().WithName("GetSigningKey").WithSummary("The public key that adapters are signed with.").WithTags("Service");
    }

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
    /// <param name="standsBy">Why this replica does not lead; null: it does.</param>
    public static void MapHealth(this IEndpointRouteBuilder routes, IRunService runs, Func<string?> standsBy)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("alive\n")).ExcludeFromDescription();
        routes.MapGet("/readyz", async (CancellationToken stop) => standsBy() is { } sentence
            ? Results.Text($"standby; {sentence}\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : (await runs.StatusAsync(stop)).Ready
                ? TypedResults.Text("ready\n")
                : Results.Text("not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable)).ExcludeFromDescription();
    }
}
