namespace EdgeFlora.Contracts;

/// <summary>Sizes that both sides enforce before they allocate.</summary>
public static class WireLimits
{
    /// <summary>
    /// Bytes of a chunk of a binary body unless its claim says less: 1 MiB, far below the broker's smallest message limit (16 MiB).
    /// </summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>Largest chunk size a claim may ask for.</summary>
    public const int MaxChunkBytes = 4 << 20;

    /// <summary>Largest binary body (adapter) accepted: 2 GiB.</summary>
    public const long MaxBlobBytes = 2L << 30;

    /// <summary>Largest archive of a base model that agents can fetch: 16 GiB, which is as many of the smallest chunks as a body may have.</summary>
    public const long MaxModelBytes = 16L << 30;

    /// <summary>Longest agent name, in characters.</summary>
    public const int MaxAgentIdLength = 64;

    /// <summary>Longest free text of a message (reasons, log tails), in characters.</summary>
    public const int MaxTextLength = 4096;

    /// <summary>Parts of a task that its result tells of for a trace; more are dropped.</summary>
    public const int MaxTaskSpans = 32;
}
