using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>Operator tokens. A repeat of a creation is refused, for the secret of the first is not kept.</summary>
internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder api, OperatorTokenRegistry tokens)
    {
        api.MapGet("/tokens", () => tokens.List())
            .ForOperate().WithName("ListTokens").WithSummary("Operator tokens, without their secrets.").WithTags("Tokens");

        api.MapGet("/me", (HttpContext http) => TokenAuthentication.Of(http)!)
            .ForView().WithName("GetOwnToken").WithSummary("The token that asks: its name and role.").WithTags("Tokens");

        api.MapPost("/tokens", async (HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                CreatedOperatorToken created = tokens.Create(request.Json<NewOperatorToken>());
                http.Response.Headers.CacheControl = "no-store";
                return TypedResults.Created($"/api/v1/tokens/{created.Token.Name}", created);
            })
            .ForOperate().WithName("CreateToken").WithSummary("Makes an operator token. Its secret is shown this once.").WithTags("Tokens")
            .Accepts<NewOperatorToken>("application/json").Produces<CreatedOperatorToken>(StatusCodes.Status201Created);

        api.MapDelete("/tokens/{name}", (string name) =>
            {
                tokens.Revoke(name);
                return TypedResults.NoContent();
            })
            .ForOperate().MayMiss().WithName("RevokeToken").WithSummary("Ends an operator token at once.").WithTags("Tokens");
    }
}
