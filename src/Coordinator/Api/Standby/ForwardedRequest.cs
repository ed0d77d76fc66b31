using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeFlora.Coordinator.Api.Standby;

/// <summary>How a request and its answer change on their way through a replica that stands by.</summary>
internal sealed class ForwardedRequest(string secret) : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.Headers.Host = null; // the leader's own

        // This replica has looked already whether a page of another origin asks: see LoopbackGuard.
        proxyRequest.Headers.Remove(HeaderNames.Origin);
        Set(proxyRequest, ReplicaHeader.Secret, secret);
        Set(proxyRequest, ReplicaHeader.Client, httpContext.Connection.RemoteIpAddress?.ToString() ?? "");
    }

    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null)
        {
            // It speaks of the leader's certificate, not of this one's.
            proxyResponse.Headers.Remove(HeaderNames.StrictTransportSecurity);
            foreach (string twice in proxyResponse.Headers.Select(header => header.Key).Where(httpContext.Response.Headers.ContainsKey).ToArray())
            {
                httpContext.Response.Headers.Remove(twice);
            }
        }

        return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    /// <summary>What the client itself may have written there is worth nothing.</summary>
    private static void Set(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }
}
