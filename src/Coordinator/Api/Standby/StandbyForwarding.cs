using System.Security.Authentication;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Replicas;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeFlora.Coordinator.Api.Standby;

/// <summary>
/// A replica that stands by knows nothing of runs and agents: it hands requests on to the one that leads, which looks at their tokens.
/// </summary>
/// <param name="dev">Whether this replica serves this machine alone, without TLS.</param>
/// <param name="closing">Ends answers that would go on for ever.</param>
internal sealed class StandbyForwarding(IHttpForwarder forwarder, ApiServices services, bool dev, CancellationToken closing) : IDisposable
{
    /// <summary>Seconds after which a client asks again while nobody leads.</summary>
    public const string RetryAfter = "1";

    /// <summary>Longest without a byte either way: the leader merges a round again. One that leads no more is not waited for.</summary>
    private static readonly ForwarderRequestConfig Request = new() { ActivityTimeout = TimeSpan.FromMinutes(30) };

    private readonly LeaderConnection connection = new();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (services.StandsBy() is not { } sentence || IsOfEachReplica(context.Request.Path))
        {
            await next(context);
            return;
        }

        if (services.Leading() is not { Address: { } address } leading)
        {
            if (IsPage(context.Request.Path))
            {
                await next(context); // it tells its reader what the API says
                return;
            }

            throw Refusal(context, $"this replica stands by: {sentence}", "ask again in a moment: whoever leads then answers");
        }

        if (address.Fingerprint is null && !(dev && address.Url.IsLoopback))
        {
            throw Refusal(
                context,
                $"this replica stands by: {sentence}, and serves without TLS, which requests are not handed on to",
                "start all replicas with --dev, on one machine, or none");
        }

        await ForwardAsync(context, leading, address);
    }

    public void Dispose() => connection.Dispose();

    /// <summary>Whether each process answers it for itself.</summary>
    private static bool IsOfEachReplica(PathString path) => path.Value is "/healthz" or "/readyz" or "/metrics";

    private static bool IsPage(PathString path) => path.Value is "/" || path.StartsWithSegments("/dashboard", StringComparison.Ordinal);

    private async Task ForwardAsync(HttpContext context, LeadingReplica leading, ReplicaAddress address)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null; // the leader's limits count, which differ by what is asked
        }

        ForwarderError error = await SendAsync(context, leading, address);
        if (error is ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        Exception? cause = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        throw Refusal(
            context,
            $"this replica stands by: {leading.Holder} leads (term {leading.Term}), and {Why(cause, address, leading.Ended.IsCompleted)}",
            "it mends itself after a change of leaders; if it stays, let replicas reach each other there, or set api.replicaUrl of that one");
    }

    private async Task<ForwarderError> SendAsync(HttpContext context, LeadingReplica leading, ReplicaAddress address)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(closing);
        string leader = address.Url.GetLeftPart(UriPartial.Authority);
        Stream body = context.Response.Body;
        context.Response.Body = new WholeWrites(body, context.RequestAborted);
        try
        {
            Task<ForwarderError> sending = forwarder
                .SendAsync(context, leader, connection.To(address), Request, new ForwardedRequest(address.Secret), ending.Token)
                .AsTask();
            if (await Task.WhenAny(sending, leading.Ended) != sending)
            {
                await ending.CancelAsync(); // one that hangs would never end it
            }

            return await sending;
        }
        finally
        {
            context.Response.Body = body;
        }
    }

    private static string Why(Exception? cause, ReplicaAddress address, bool ended) =>
        ended ? "led until a moment ago"
        : cause?.InnerException is AuthenticationException
            ? $"{address.Url} shows another certificate than that one told of"
        : $"cannot be reached at {address.Url} ({(cause ?? new IOException("it broke off")).GetBaseException().Message.TrimEnd('.')})";

    private static ServiceRefusedException Refusal(HttpContext context, string why, string fix)
    {
        context.Response.Headers.RetryAfter = RetryAfter;
        return new ServiceRefusedException(ProblemCode.Unavailable, why, fix);
    }
}
