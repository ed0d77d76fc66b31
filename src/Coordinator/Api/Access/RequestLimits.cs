using System.Globalization;
using System.Threading.RateLimiting;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>How much anybody may ask for.</summary>
internal static class RequestLimits
{
    /// <summary>Largest body: a spec, with room to spare.</summary>
    public const long MaxBody = 1 << 20;

    /// <summary>Requests a second from one address that brings no token that counts: enough for probes, too few for guessing.</summary>
    private const int Unknown = 20;

    public static void Configure(RateLimiterOptions options, int requestsPerSecond)
    {
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => TokenAuthentication.Of(context) is { } token
            ? RateLimitPartition.GetTokenBucketLimiter($"token {token.Name}", _ => Bucket(requestsPerSecond))
            : RateLimitPartition.GetTokenBucketLimiter($"address {context.Connection.RemoteIpAddress}", _ => Bucket(Unknown)));
        options.OnRejected = (rejected, _) =>
        {
            double seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait)
                ? Math.Max(1, Math.Ceiling(wait.TotalSeconds))
                : 1;
            rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            throw new ServiceRefusedException(
                ProblemCode.TooMany, "too many requests from this token or address", "wait as long as Retry-After says");
        };
    }

    private static TokenBucketRateLimiterOptions Bucket(int perSecond) => new()
    {
        TokenLimit = 2 * perSecond,
        TokensPerPeriod = perSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    };
}
