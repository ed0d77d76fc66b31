using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Events;

/// <summary>Events of one run, and of all.</summary>
internal static class EventEndpoints
{
    /// <param name="closing">Ends all streams, so that a service that stops does not wait for its readers.</param>
    public static void MapEvents(this IEndpointRouteBuilder api, EventStream stream, CancellationToken closing)
    {
        api.MapGet(
            "/runs/{id}/events",
            (string id, bool? follow, HttpContext http) => ServeAsync(stream, http, RouteRules.RunId(id), follow, closing))
            .ForView().MayMiss().WithName("ReadRunEvents").WithSummary(
                "Events of a run as server-sent events; Last-Event-ID resumes. Ends when the run is over.")
            .WithTags("Events")
            .Produces<EventEnvelope>(StatusCodes.Status200OK, "text/event-stream");

        api.MapGet("/events", (bool? follow, HttpContext http) => ServeAsync(stream, http, null, follow, closing))
            .ForView().WithName("ReadEvents").WithSummary("Events of all runs as server-sent events; Last-Event-ID resumes.").WithTags("Events")
            .Produces<EventEnvelope>(StatusCodes.Status200OK, "text/event-stream");
    }

    private static async Task ServeAsync(EventStream stream, HttpContext http, Guid? run, bool? follow, CancellationToken closing)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, closing);
        try
        {
            await stream.WriteAsync(http, run, follow ?? true, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader left, or the service stops; it will come back with its Last-Event-ID. Who asked for what there is must not take this for
            // all of it.
            if (follow == false)
            {
                http.Abort();
            }
        }
    }
}
