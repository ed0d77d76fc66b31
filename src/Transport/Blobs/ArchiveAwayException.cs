namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// An archive of bodies cannot be reached or refuses us, which is no fault of a body: the same may work later. What was to be done is done again.
/// </summary>
public sealed class ArchiveAwayException : IOException
{
    public ArchiveAwayException()
    {
    }

    public ArchiveAwayException(string message)
        : base(message)
    {
    }

    public ArchiveAwayException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the same may work in a moment, without anybody's doing.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Whether nobody answered there; else somebody refused.</summary>
    public bool IsUnreachable { get; init; }
}
