using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFlora.Protocol.Rounds;

/// <summary>Whom a round asks: the same agents for the same seed, round and set of agents.</summary>
internal static class AgentSelection
{
    /// <summary>Agents in the order in which a round would ask them: ascending SHA-256 of (seed, round, name).</summary>
    /// <remarks>An agent's place depends on nobody else, so that one that joins or leaves does not reshuffle the others.</remarks>
    public static ImmutableArray<string> Order(ulong seed, int round, IEnumerable<string> agents) =>
        [.. agents.OrderBy(agent => Key(seed, round, agent), StringComparer.Ordinal)];

    private static string Key(ulong seed, int round, string agent)
    {
        byte[] text = new byte[12 + Encoding.UTF8.GetByteCount(agent)];
        BinaryPrimitives.WriteUInt64LittleEndian(text, seed);
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(8), round);
        Encoding.UTF8.GetBytes(agent, text.AsSpan(12));
        return Convert.ToHexStringLower(SHA256.HashData(text));
    }
}
