using EdgeFlora.Contracts;

namespace EdgeFlora.Transport.Blobs;

/// <summary>The other side of a transfer.</summary>
/// <param name="AgentId">The agent that takes part: this one, or the one spoken to.</param>
/// <param name="ControlQueue">Where the other side takes messages.</param>
/// <param name="ChunkQueue">Where it takes chunks.</param>
/// <param name="Header">Makes a header for a message of the given kind and content.</param>
public sealed record BlobPeer(string AgentId, string ControlQueue, string ChunkQueue, Func<string, string, MessageHeader> Header);
