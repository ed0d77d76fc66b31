using EdgeFlora.Contracts;

namespace EdgeFlora.Transport.Blobs;

/// <summary>What a blob store will take from others, and how much at a time.</summary>
public sealed record BlobLimits
{
    /// <summary>Largest body, bytes; 1 … <see cref="WireLimits.MaxBlobBytes"/>, the default.</summary>
    public long MaxBlobBytes { get; init; } = WireLimits.MaxBlobBytes;

    /// <summary>Incomplete bodies kept in hand; what has come of others lies on the disk until they are asked about again. Default 1024.</summary>
    public int MaxParts { get; init; } = 1024;

    /// <summary>
    /// Incomplete bodies that may lie on the disk beside those in hand; the oldest above are removed when a store is opened and, now and then, when
    /// further ones begin. Default 4096.
    /// </summary>
    public int MaxPartFiles { get; init; } = 4096;
}
