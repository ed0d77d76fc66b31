namespace EdgeFlora.Contracts.Blobs;

/// <summary>
/// The sender holds a body and wants to hand it over (either way); answered with <see cref="BlobWanted"/>. Idempotent: send it again to learn what
/// is still missing.
/// </summary>
public sealed record BlobAnnounced
{
    public required MessageHeader Header { get; init; }

    public required BlobClaim Claim { get; init; }
}

/// <summary>Which chunks the sender of this message still lacks (either way).</summary>
public sealed record BlobWanted
{
    public required MessageHeader Header { get; init; }

    public required string Sha256 { get; init; }

    /// <summary>
    /// Bytes of every chunk but the last, as the receiver wishes them now: small over a slow link. Null: as the claim says. 1 …
    /// <see cref="WireLimits.MaxChunkBytes"/>.
    /// </summary>
    public int? ChunkSize { get; init; }

    /// <summary>Chunks of that size from 0, ascending; empty: the body is complete and its hash was checked.</summary>
    public required IReadOnlyList<int> Missing { get; init; }
}

/// <summary>One chunk of a body (either way). Its content travels as the raw message body, the rest as transport headers.</summary>
public sealed record BlobChunk
{
    /// <summary>The agent that sends it or to which it is sent.</summary>
    public required string AgentId { get; init; }

    /// <summary>SHA-256 of the whole body.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Which chunk, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Bytes of every chunk but the last, as it was asked for; 0: as the claim says.</summary>
    public int ChunkSize { get; init; }

    /// <summary>SHA-256 of this chunk.</summary>
    public required string ChunkSha256 { get; init; }

    /// <summary>The chunk's bytes.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}

/// <summary>The holder does not have the body (any more) or the claim is beyond the limits (either way).</summary>
public sealed record BlobRefused
{
    public required MessageHeader Header { get; init; }

    public required string Sha256 { get; init; }

    /// <summary>What is wrong, in a sentence.</summary>
    public required string Reason { get; init; }
}
