namespace EdgeFlora.Contracts.Blobs;

/// <summary>A binary body named by its content. Bodies never travel inside control messages.</summary>
public sealed record BlobClaim
{
    /// <summary>SHA-256 of the whole body, lower-case hexadecimal (64 characters).</summary>
    public required string Sha256 { get; init; }

    /// <summary>Bytes of the whole body; 1 … <see cref="WireLimits.MaxBlobBytes"/>.</summary>
    public required long Size { get; init; }

    /// <summary>Bytes of every chunk but the last; 1 … <see cref="WireLimits.MaxChunkBytes"/>.</summary>
    public required int ChunkSize { get; init; }

    /// <summary>Codec of the body, e.g. <c>int8</c>.</summary>
    public required string Codec { get; init; }
}
