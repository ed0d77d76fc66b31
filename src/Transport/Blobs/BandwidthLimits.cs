namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// Bytes of bodies that an exchange moves in a second; null: as fast as the link is. Messages around them, some hundred bytes each, are not counted.
/// </summary>
public sealed record BandwidthLimits
{
    /// <summary>What is sent.</summary>
    public Bandwidth? Up { get; init; }

    /// <summary>What is asked for.</summary>
    public Bandwidth? Down { get; init; }
}
