using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Commands;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Api.Problems;

/// <summary>Turns whatever goes wrong into problem details.</summary>
internal sealed class ProblemResponses(ILogger log)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode >= StatusCodes.Status400BadRequest)
            {
                await WriteAsync(context, OfStatus(context), context.Response.StatusCode);
            }
        }
        catch (ServiceRefusedException refusal)
        {
            await WriteAsync(context, refusal, StatusOf(refusal.Code));
        }
        catch (BadHttpRequestException bad)
        {
            bool large = bad.StatusCode == StatusCodes.Status413PayloadTooLarge;
            await WriteAsync(
                context,
                new ServiceRefusedException(
                    large ? ProblemCode.TooLarge : ProblemCode.InvalidInput,
                    large ? FormattableString.Invariant($"the body is larger than {RequestLimits.MaxBody} bytes") : bad.Message),
                bad.StatusCode);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
        catch (Exception failure) when (PassingTrouble.Of(failure) is { } passing)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.Headers.RetryAfter = PassingTrouble.RetryAfter;
            }

            await WriteAsync(context, passing, StatusCodes.Status503ServiceUnavailable);
        }
#pragma warning disable CA1031 // The outermost frame of a request: whatever it was is logged, and tells the client nothing.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.RequestFailed(context.Request.Method, context.Request.Path, failure);
            await WriteAsync(
                context,
                new ServiceRefusedException(ProblemCode.Internal, "the service failed at this; its log has the details"),
                StatusCodes.Status500InternalServerError);
        }
    }

    /// <summary>What the framework said with a status alone.</summary>
    private static ServiceRefusedException OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed =>
            new(ProblemCode.NotFound, $"there is nothing to {context.Request.Method} here", "GET /api/v1/openapi.json lists what there is"),
        StatusCodes.Status415UnsupportedMediaType =>
            new(
                ProblemCode.InvalidInput,
                "the Content-Type is not one that is read here",
                "send application/json (or application/yaml, for a run spec)"),
        int status => new(ProblemCode.InvalidInput, $"the request cannot be answered: {ReasonPhrases.GetReasonPhrase(status)}"),
    };

    private static async Task WriteAsync(HttpContext context, ServiceRefusedException refusal, int status)
    {
        if (context.Response.HasStarted)
        {
            context.Abort(); // the client must not take a broken answer for a whole one
            return;
        }

        var problem = new ApiProblem
        {
            Type = $"urn:edgeflora:problem:{JsonNamingPolicy.KebabCaseLower.ConvertName(refusal.Code.ToString())}",
            Title = ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = refusal.Message,
            Code = refusal.Code,
            Fix = refusal.Fix,
            Errors = refusal.Mistakes.Count > 0 ? refusal.Mistakes : null,
        };
        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(problem, ApiJson.Options, "application/problem+json", context.RequestAborted);
    }

    private static int StatusOf(ProblemCode code) => code switch
    {
        ProblemCode.NotFound => StatusCodes.Status404NotFound,
        ProblemCode.Conflict or ProblemCode.InvalidChange => StatusCodes.Status409Conflict,
        ProblemCode.InvalidInput => StatusCodes.Status400BadRequest,
        ProblemCode.KeyReused => StatusCodes.Status422UnprocessableEntity,
        ProblemCode.Unauthorized => StatusCodes.Status401Unauthorized,
        ProblemCode.Forbidden => StatusCodes.Status403Forbidden,
        ProblemCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ProblemCode.TooMany => StatusCodes.Status429TooManyRequests,
        ProblemCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
