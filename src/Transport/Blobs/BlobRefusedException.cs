namespace EdgeFlora.Transport.Blobs;

/// <summary>A body is not wanted or not to be had; the message says why in a sentence.</summary>
public sealed class BlobRefusedException : Exception
{
    /// <summary>Whether all of the body came, and was another than was claimed.</summary>
    public bool IsCorrupt { get; init; }

    public BlobRefusedException()
    {
    }

    public BlobRefusedException(string message)
        : base(message)
    {
    }

    public BlobRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
