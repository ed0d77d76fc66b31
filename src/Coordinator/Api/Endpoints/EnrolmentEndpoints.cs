using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Enrolment;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>How devices become agents: tokens for them, and the one operation that a device asks for.</summary>
internal static class EnrolmentEndpoints
{
    public static void MapEnrolment(this IEndpointRouteBuilder api, IEnrolmentService enrolment)
    {
        api.MapGet("/agent-tokens", (CancellationToken stop) => enrolment.ListTokensAsync(stop))
            .ForOperate().WithName("ListAgentTokens").WithSummary("Agent tokens that still count, without their secrets.").WithTags("Enrolment");

        api.MapPost("/agent-tokens", async (HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                return Created(http, await enrolment.CreateTokenAsync(request.JsonOr(new NewAgentToken()), request.Context.By, http.RequestAborted));
            })
            .ForOperate().WithName("CreateAgentToken").WithSummary("Makes a token with which devices become agents. Its secret is shown this once.")
            .WithTags("Enrolment")
            .Accepts<NewAgentToken>(isOptional: true, "application/json").Produces<CreatedAgentToken>(StatusCodes.Status201Created);

        api.MapDelete("/agent-tokens/{id}", async (string id, CancellationToken stop) =>
            {
                await enrolment.RevokeTokenAsync(id, stop);
                return TypedResults.NoContent();
            })
            .ForOperate().MayMiss().WithName("RevokeAgentToken").WithSummary("Ends an agent token at once; agents that enrolled with it stay.")
            .WithTags("Enrolment");

        api.MapPost("/agents/{name}/rotate", async (string name, HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                return Created(http, await enrolment.RotateAsync(name, request.Context.By, http.RequestAborted));
            })
            .ForOperate().MayMiss().WithName("RotateAgent").WithSummary("Makes a token with which an enrolled agent gets another password.")
            .WithTags("Agents").Produces<CreatedAgentToken>(StatusCodes.Status201Created);

        api.MapPost("/enrolments", async (HttpContext http) =>
            {
                EnrolmentRequest request = await CommandRequest.JsonAsync<EnrolmentRequest>(http);
                EnrolmentAnswer answer = await enrolment.EnrolAsync(TokenAuthentication.Secret(http), request, http.RequestAborted);
                http.Response.Headers.CacheControl = "no-store";
                return TypedResults.Json(answer, ApiJson.Options, statusCode: StatusCodes.Status201Created);
            })
            .ForAgentToken().WithName("Enrol").WithSummary("Makes a device an agent, with a user of its own at the broker.").WithTags("Enrolment")
            .Accepts<EnrolmentRequest>("application/json").Produces<EnrolmentAnswer>(StatusCodes.Status201Created);
    }

    private static Microsoft.AspNetCore.Http.HttpResults.Created<CreatedAgentToken> Created(HttpContext http, CreatedAgentToken created)
    {
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/api/v1/agent-tokens/{created.Token.Id}", created);
    }
}
