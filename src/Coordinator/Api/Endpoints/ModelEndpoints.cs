using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>Base models.</summary>
internal static class ModelEndpoints
{
    /// <summary>What a tar takes beyond its files, for a thousand of them.</summary>
    private const long Framing = 2 << 20;

    public static void MapModels(this IEndpointRouteBuilder api, IModelService models)
    {
        api.MapGet("/models", (CancellationToken stop) => models.ListAsync(stop))
            .ForView().WithName("ListModels").WithSummary("Base models that a spec can name.").WithTags("Models");

        api.MapPost("/models", (string name, HttpContext http) => AddAsync(models, name, http))
            .ForOperate().WithName("AddModel")
            .WithSummary("Adds a base model: the body is a tar, not compressed, of the files of its folder.").WithTags("Models")
            .Accepts<Stream>("application/x-tar").Produces<ModelSummary>(StatusCodes.Status201Created);

        api.MapDelete("/models/{name}", async (string name, CancellationToken stop) =>
            {
                await models.RemoveAsync(name, stop);
                return TypedResults.NoContent();
            })
            .ForOperate().MayMiss().WithName("RemoveModel").WithSummary("Removes a base model that was added.").WithTags("Models");
    }

    private static async Task<IResult> AddAsync(IModelService models, string name, HttpContext http)
    {
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = WireLimits.MaxModelBytes + Framing;
        try
        {
            ModelSummary added = await models.AddAsync(
                name,
                http.Request.Body,
                http.Request.ContentLength,
                TokenAuthentication.Of(http)!.Name,
                CommandRequest.KeyOf(http),
                http.RequestAborted);
            return TypedResults.Created($"/api/v1/models/{added.Name}", added);
        }
        catch (BadHttpRequestException large) when (large.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ServiceRefusedException(
                ProblemCode.TooLarge, FormattableString.Invariant($"the archive has more than {WireLimits.MaxModelBytes} bytes"));
        }
    }
}
