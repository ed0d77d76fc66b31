using System.Net;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using Microsoft.AspNetCore.Http;

namespace EdgeFlora.Coordinator.Api.Standby;

/// <summary>Takes requests that other replicas hand on to the one that leads, as if their clients had asked it themselves.</summary>
/// <param name="secret">Told to replicas through the database.</param>
internal sealed class HandedOnRequests(string secret, Func<string?> standsBy)
{
    /// <exception cref="ServiceRefusedException">
    /// It was meant for another: handed on once more, it could go round in circles.
    /// </exception>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!ReplicaHeader.IsIn(context.Request))
        {
            return next(context);
        }

        if (standsBy() is { } sentence)
        {
            throw Refusal(context, $"another replica takes this one for the leader, but it stands by: {sentence}");
        }

        if (!ReplicaHeader.Proves(context.Request, secret))
        {
            throw Refusal(context, "a replica that knows another leader handed this on");
        }

        // Who asked counts for limits and logs, not who handed it on.
        if (IPAddress.TryParse(context.Request.Headers[ReplicaHeader.Client].ToString(), out IPAddress? client))
        {
            context.Connection.RemoteIpAddress = client;
        }

        return next(context);
    }

    private static ServiceRefusedException Refusal(HttpContext context, string why)
    {
        context.Response.Headers.RetryAfter = StandbyForwarding.RetryAfter;
        return new ServiceRefusedException(
            ProblemCode.Unavailable,
            why,
            "it mends itself within seconds after a change of leaders; if it stays, api.replicaUrl of the one that leads does not lead to it");
    }
}
