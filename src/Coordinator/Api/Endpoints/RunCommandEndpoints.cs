using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>What changes runs.</summary>
internal static class RunCommandEndpoints
{
    public static void MapRunCommands(this IEndpointRouteBuilder api, IRunService runs)
    {
        api.MapPost("/runs", async (HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                RunDetail run = await runs.SubmitAsync(request.Context, SpecBody.Read(request.Body), http.RequestAborted);
                return TypedResults.Created($"/api/v1/runs/{run.Summary.Id}", run);
            })
            .ForOperate().WithName("SubmitRun").WithSummary("Submits a run spec, as JSON (docs/api/run-spec.schema.json) or YAML.").WithTags("Runs")
            .Accepts<object>("application/json", "application/yaml").Produces<RunDetail>(StatusCodes.Status201Created);

        Command(
            api,
            "pause",
            "PauseRun",
            "Holds a run: work under way is finished, nothing new is offered.",
            (run, request, stop) => runs.PauseAsync(request.Context, run, RouteRules.Reason(request), stop));
        api.MapPost("/runs/{id}/resume", async (string id, HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                int? spent = request.JsonOr(new ResumeRequest()).SpentRounds;
                return await runs.ResumeAsync(request.Context, RouteRules.RunId(id), spent, http.RequestAborted);
            })
            .ForOperate().MayMiss().WithName("ResumeRun").WithSummary("Lets a paused run go on.")
            .WithTags("Runs").Accepts<ResumeRequest>(isOptional: true, "application/json").Produces<RunDetail>();
        Command(
            api,
            "cancel",
            "CancelRun",
            "Ends a run; its committed models remain.",
            (run, request, stop) => runs.CancelAsync(request.Context, run, RouteRules.Reason(request), stop));

        api.MapPatch("/runs/{id}", async (string id, HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                return await runs.ChangeAsync(request.Context, RouteRules.RunId(id), request.Json<RunChange>(), http.RequestAborted);
            })
            .ForOperate().MayMiss().WithName("ChangeRun").WithSummary("Changes what may change under way, all of it or nothing.").WithTags("Runs")
            .Accepts<RunChange>("application/json").Produces<RunDetail>();

        api.MapPost("/runs/{id}/rollouts", async (string id, HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                return await runs.RollOutAsync(request.Context, RouteRules.RunId(id), request.Json<RolloutRequest>(), http.RequestAborted);
            })
            .ForOperate().MayMiss().WithName("RollOut")
            .WithSummary("Lets a share of a run's agents train with other settings first; measured, it is given to all or withdrawn.")
            .WithTags("Runs")
            .Accepts<RolloutRequest>("application/json").Produces<RunDetail>();

        api.MapPost("/runs/{id}/rollouts/end", async (string id, HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                RolloutEnd end = request.Json<RolloutEnd>();
                return end.Reason is { Length: > 1000 }
                    ? throw new ServiceRefusedException(ProblemCode.InvalidInput, "reason has more than 1000 characters")
                    : await runs.EndRolloutAsync(request.Context, RouteRules.RunId(id), end, http.RequestAborted);
            })
            .ForOperate().MayMiss().WithName("EndRollout")
            .WithSummary("Ends the rollout that is under way: gives the change to all, or withdraws it.")
            .WithTags("Runs").Accepts<RolloutEnd>("application/json").Produces<RunDetail>();

        api.MapPost("/runs/{id}/fork", async (string id, HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                ForkRequest fork = request.JsonOr(new ForkRequest());
                Guid run = RouteRules.RunId(id);
                RunSubmission submission = SpecBody.Read(fork.Spec ?? (await runs.FindAsync(run, http.RequestAborted)).Spec, fork.Set);
                RunDetail forked = await runs.ForkAsync(request.Context, run, fork.FromRound, submission, http.RequestAborted);
                return TypedResults.Created($"/api/v1/runs/{forked.Summary.Id}", forked);
            })
            .ForOperate().MayMiss().WithName("ForkRun").WithSummary("Submits a new run that begins from a committed model of this one.")
            .WithTags("Runs")
            .Accepts<ForkRequest>("application/json").Produces<RunDetail>(StatusCodes.Status201Created);

        api.MapPost("/runs/{id}/verify", (string id, int? round, CancellationToken stop) => runs.VerifyAsync(RouteRules.RunId(id), round, stop))
            .ForOperate().MayMiss().WithName("VerifyRun")
            .WithSummary("Merges a round again from the results that are kept of it, and compares what comes of it with the ledger.")
            .WithTags("Runs");

        api.MapDelete("/runs/{id}", async (string id, HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                await runs.DeleteAsync(request.Context, RouteRules.RunId(id), http.RequestAborted);
                return TypedResults.NoContent();
            })
            .ForOperate().MayMiss().WithName("DeleteRun").WithSummary("Forgets a run that is over, with its models.").WithTags("Runs");
    }

    private static void Command(
        IEndpointRouteBuilder api, string verb, string name, string summary, Func<Guid, CommandRequest, CancellationToken, Task<RunDetail>> act) =>
        api.MapPost(
            $"/runs/{{id}}/{verb}",
            async (string id, HttpContext http) => await act(RouteRules.RunId(id), await CommandRequest.ReadAsync(http), http.RequestAborted))
            .ForOperate().MayMiss().WithName(name).WithSummary(summary)
            .WithTags("Runs").Accepts<CommandReason>(isOptional: true, "application/json").Produces<RunDetail>();
}
