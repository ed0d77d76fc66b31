using EdgeFlora.Contracts;

namespace EdgeFlora.Transport.Blobs;

/// <summary>What a blob store will take from others.</summary>
public sealed record BlobLimits
{
    /// <summary>Largest body, bytes; 1 … <see cref="WireLimits.MaxBlobBytes"/>, the default.</summary>
    public long MaxBlobBytes { get; init; } = WireLimits.MaxBlobBytes;

    /// <summary>Bodies that may be incomplete at one time; the next claim is refused. Default 1024.</summary>
    public int MaxParts { get; init; } = 1024;
}
