using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using Microsoft.AspNetCore.Http;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>Without tokens, a web page in a browser on the same machine could send requests. It cannot hide that it did.</summary>
internal static class LoopbackGuard
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        string host = context.Request.Host.Host;
        bool named = host is "localhost" or "127.0.0.1" or "[::1]"; // any other name may be one that a hostile page's DNS points here
        bool foreign = context.Request.Headers.Origin.ToString() is { Length: > 0 } origin
            && origin != $"{context.Request.Scheme}://{context.Request.Host}";
        return named && !foreign
            ? next(context)
            : throw new ServiceRefusedException(
                ProblemCode.Forbidden, "a service started with --dev answers this machine's own programs only, under the name localhost");
    }
}
