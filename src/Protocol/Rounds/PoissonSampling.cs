using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>
/// Who takes part in a private round: every agent independently with the same probability (Poisson sampling, which the accountant takes for
/// granted).
/// </summary>
internal static class PoissonSampling
{
    /// <summary>The agents drawn, in the order given. An agent's draw depends on the key and its own name alone.</summary>
    /// <param name="key">A secret of this round: who knows it knows who took part.</param>
    /// <param name="rate">Above 0, at most 1; exact to 2⁻⁵³.</param>
    /// <exception cref="ArgumentException">There is no key: anybody could repeat the draw.</exception>
    public static IEnumerable<string> Draw(ImmutableArray<byte> key, double rate, IEnumerable<string> agents) => key.IsDefaultOrEmpty
        ? throw new ArgumentException("A private round has no secret to draw with.", nameof(key))
        : agents.Where(agent => Uniform(key, agent) < rate);

    /// <summary>In [0, 1): the first 53 bits of HMAC-SHA256, a pseudorandom function of the name for those who lack the key.</summary>
    private static double Uniform(ImmutableArray<byte> key, string agent)
    {
        byte[] hash = HMACSHA256.HashData(key.AsSpan(), Encoding.UTF8.GetBytes(agent));
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }
}
