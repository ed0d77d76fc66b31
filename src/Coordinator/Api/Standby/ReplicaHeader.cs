using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace EdgeFlora.Coordinator.Api.Standby;

/// <summary>What a replica adds to a request that it hands on, and what the one that leads makes of it.</summary>
internal static class ReplicaHeader
{
    /// <summary>Holds the secret that the leader has told its replicas.</summary>
    public const string Secret = "EdgeFlora-Replica";

    /// <summary>Holds the address of the client that a replica was asked by. Believed of replicas alone.</summary>
    public const string Client = "X-Forwarded-For";

    /// <summary>Whether the request was handed on, or says so.</summary>
    public static bool IsIn(HttpRequest request) => request.Headers.ContainsKey(Secret);

    /// <summary>Whether it was handed on by a replica that takes the one with this secret for the leader.</summary>
    public static bool Proves(HttpRequest request, string secret) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(request.Headers[Secret].ToString()), Encoding.UTF8.GetBytes(secret));
}
