using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Commands;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>What is said of routes again and again.</summary>
internal static class RouteRules
{
    private const string Problem = "application/problem+json";

    /// <summary>For tokens that may look.</summary>
    public static RouteHandlerBuilder ForView(this RouteHandlerBuilder route) => route.Require(OperatorRole.View);

    /// <summary>For tokens that may do everything; the request takes an <c>Idempotency-Key</c>.</summary>
    public static RouteHandlerBuilder ForOperate(this RouteHandlerBuilder route) => route.Require(OperatorRole.Operate)
        .Produces<ApiProblem>(StatusCodes.Status400BadRequest, Problem)
        .Produces<ApiProblem>(StatusCodes.Status403Forbidden, Problem)
        .Produces<ApiProblem>(StatusCodes.Status409Conflict, Problem)
        .Produces<ApiProblem>(StatusCodes.Status422UnprocessableEntity, Problem);

    /// <summary>For devices that show an agent token, which the endpoint checks itself.</summary>
    public static RouteHandlerBuilder ForAgentToken(this RouteHandlerBuilder route) => route.WithMetadata(new AgentTokenRequirement())
        .Produces<ApiProblem>(StatusCodes.Status400BadRequest, Problem)
        .Produces<ApiProblem>(StatusCodes.Status401Unauthorized, Problem)
        .Produces<ApiProblem>(StatusCodes.Status409Conflict, Problem)
        .Produces<ApiProblem>(StatusCodes.Status503ServiceUnavailable, Problem);

    /// <summary>For what is found by a name in its path.</summary>
    public static RouteHandlerBuilder MayMiss(this RouteHandlerBuilder route) => route.Produces<ApiProblem>(StatusCodes.Status404NotFound, Problem);

    /// <summary>The id of a run in a path.</summary>
    public static Guid RunId(string text) => Guid.TryParseExact(text, "D", out Guid id)
        ? id
        : throw new ServiceRefusedException(
            ProblemCode.NotFound,
            "a run is named by its whole id, such as 0192f3a4-5b6c-7d8e-9f01-23456789abcd",
            "GET /api/v1/runs?id=PREFIX finds runs by the beginning of their id");

    /// <summary>The length of a page.</summary>
    public static int Limit(int? asked, int standard) => asked is null ? standard : asked is >= 1 and <= 500
        ? asked.Value
        : throw new ServiceRefusedException(ProblemCode.InvalidInput, FormattableString.Invariant($"limit is {asked}; it must be 1 … 500"));

    /// <summary>A word of an enumeration in a query.</summary>
    public static T? Word<T>(string setting, string? text)
        where T : struct, Enum => string.IsNullOrEmpty(text) ? null
        : Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => value.ToString()!.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw new ServiceRefusedException(
                ProblemCode.InvalidInput, $"{setting} is '{text}'; it must be one of {string.Join(", ", Enum.GetNames<T>())}");

    /// <summary>A reason that people gave.</summary>
    public static string? Reason(CommandRequest request) => request.JsonOr(new CommandReason(null)).Reason is { } reason && reason.Length > 1000
        ? throw new ServiceRefusedException(ProblemCode.InvalidInput, "reason has more than 1000 characters")
        : request.JsonOr(new CommandReason(null)).Reason;

    private static RouteHandlerBuilder Require(this RouteHandlerBuilder route, OperatorRole role) =>
        route.WithMetadata(new RoleRequirement(role)).Produces<ApiProblem>(StatusCodes.Status401Unauthorized, Problem);
}
