using System.Collections.Immutable;
using System.Security.Cryptography;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Privacy;

/// <summary>The <see cref="SecretSource"/> of every run that is not a rehearsal: the operating system's cryptographic generator.</summary>
internal static class CryptographicSource
{
    /// <summary>New bytes at every call.</summary>
    public static ImmutableArray<byte> Draw(SecretUse use, int round) => [.. RandomNumberGenerator.GetBytes(32)];
}
