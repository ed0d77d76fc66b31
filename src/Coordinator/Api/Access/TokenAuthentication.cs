using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using Microsoft.AspNetCore.Http;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>Finds the operator token of a request. What it may do, endpoints say (<see cref="RoleRequirement"/>).</summary>
/// <param name="open">Whether everybody may do everything: on loopback, with <c>--dev</c>.</param>
internal sealed class TokenAuthentication(OperatorTokenRegistry tokens, bool open)
{
    private const string Scheme = "Bearer ";
    private static readonly OperatorTokenSummary Anybody = new("dev", OperatorRole.Operate, DateTimeOffset.UnixEpoch);
    private static readonly object Key = new();

    /// <summary>Who asks; null: nobody that is known.</summary>
    public static OperatorTokenSummary? Of(HttpContext context) => context.Items[Key] as OperatorTokenSummary;

    /// <summary>Notes who asks. A wrong token is as good as none.</summary>
    public Task IdentifyAsync(HttpContext context, RequestDelegate next)
    {
        context.Items[Key] = open ? Anybody : Secret(context) is { } secret ? tokens.Find(secret) : null;
        return next(context);
    }

    /// <summary>The secret that a request shows; null: none.</summary>
    public static string? Secret(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.Length <= 200 ? header[Scheme.Length..].Trim() : null;
    }

    /// <summary>Lets those through that may do what they ask for.</summary>
    /// <exception cref="ServiceRefusedException">Nobody that is known asks, or somebody who may not.</exception>
    public static Task AuthoriseAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RoleRequirement>() is not { } needed)
        {
            return next(context);
        }

        if (Of(context) is not { } token)
        {
            // The same words whether there was no token, a wrong one or a revoked one.
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ServiceRefusedException(ProblemCode.Unauthorized, "an operator token is needed: 'Authorization: Bearer TOKEN'");
        }

        return needed.Role == OperatorRole.View || token.Role == OperatorRole.Operate
            ? next(context)
            : throw new ServiceRefusedException(
                ProblemCode.Forbidden,
                $"the token '{token.Name}' may only view",
                "use a token of role operate: edgeflora tokens create NAME --role operate");
    }
}
