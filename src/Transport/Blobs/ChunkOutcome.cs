namespace EdgeFlora.Transport.Blobs;

/// <summary>What became of a chunk.</summary>
public enum ChunkOutcome
{
    /// <summary>Stored; others are still missing.</summary>
    Stored,

    /// <summary>It was there before; nothing changed.</summary>
    AlreadyHeld,

    /// <summary>It was the last one, and the whole body has the hash it claims.</summary>
    BodyComplete,

    /// <summary>It was the last one, but the whole body has another hash: all of it was thrown away.</summary>
    BodyCorrupt,

    /// <summary>Its index is outside the body.</summary>
    WrongIndex,

    /// <summary>It is longer or shorter than its place.</summary>
    WrongLength,

    /// <summary>Its bytes do not have the hash it claims, or it is of another body.</summary>
    WrongHash,
}
