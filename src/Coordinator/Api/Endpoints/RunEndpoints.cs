using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>What can be asked of runs without changing them.</summary>
internal static class RunEndpoints
{
    public static void MapRuns(this IEndpointRouteBuilder api, IRunService runs)
    {
        api.MapGet("/runs", async (string? state, string? name, string? id, string? cursor, int? limit, CancellationToken stop) =>
            {
                RunState? only = RouteRules.Word<RunState>("state", state);
                return await runs.ListAsync(
                    new RunFilter
                    {
                        States = only is { } one ? [one] : [],
                        Name = name,
                        IdPrefix = id?.ToLowerInvariant(),
                        Cursor = cursor,
                        Limit = RouteRules.Limit(limit, 50),
                    },
                    stop);
            })
            .ForView().WithName("ListRuns").WithSummary("Runs, newest first.").WithTags("Runs").Produces<Page<RunSummary>>();

        api.MapGet("/runs/{id}", (string id, CancellationToken stop) => runs.FindAsync(RouteRules.RunId(id), stop))
            .ForView().MayMiss().WithName("GetRun").WithSummary("All there is to say of one run.").WithTags("Runs");

        api.MapGet("/runs/{id}/rounds", async (string id, CancellationToken stop) => (await runs.FindAsync(RouteRules.RunId(id), stop)).Rounds)
            .ForView().MayMiss().WithName("ListRounds").WithSummary("The rounds of a run that have begun, in order.").WithTags("Runs");

        api.MapGet("/runs/{id}/ledger", (string id, CancellationToken stop) => runs.LedgerAsync(RouteRules.RunId(id), stop))
            .ForView().MayMiss().WithName("GetLedger").WithSummary("The ledger of a run as it stands.").WithTags("Runs").Produces<JsonObject>();

        api.MapGet("/runs/{id}/adapter", async (string id, int? round, HttpContext http) =>
            {
                Guid run = RouteRules.RunId(id);
                AdapterExport export = await runs.ExportAsync(run, round, http.RequestAborted);
                http.Response.ContentType = "application/zip";
                http.Response.Headers.ContentDisposition = FormattableString.Invariant($"attachment; filename=\"{run}-round-{export.Round}.zip\"");
                http.Response.Headers.ETag = $"\"{export.ModelSha256}\"";
                await export.WriteAsync(http.Response.Body, http.RequestAborted);
            })
            .ForView().MayMiss().WithName("GetAdapter").WithSummary("The global adapter of a round, or the newest one, as a PEFT folder in a zip.")
            .WithTags("Runs")
            .Produces(StatusCodes.Status200OK, contentType: "application/zip");
    }
}
