namespace EdgeFlora.Aggregation.Streaming;

/// <summary>PEFT folders to merge, and how.</summary>
public sealed record MergeRequest
{
    /// <summary>The adapters' folders; at least one, each once. The result is the same for any order.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Examples behind each folder, in the order of <see cref="Folders"/>; empty for equal weights.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [];

    /// <summary>The folder of the adapter that all others started from; null if there was none or it is not known.</summary>
    public string? Broadcast { get; init; }

    /// <summary>Rank of the result; null for the largest of the folders. 1 … 1024.</summary>
    public int? Rank { get; init; }

    /// <summary>Names of the classes of folders that hold none, in the order of their heads' rows; null if they are not known.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>
    /// Whether heads of different classes are merged into one of all of them; each class then is the mean of the heads that know it. Else they are
    /// refused.
    /// </summary>
    public bool UniteLabels { get; init; }

    /// <summary>
    /// Whether folders may name different base models: names are paths of the machines where adapters were trained, and may differ in more than the
    /// path.
    /// </summary>
    public bool AnyBaseName { get; init; }

    /// <summary>Strategy, gauge, weighting, robustness, threads.</summary>
    public required AggregationOptions Options { get; init; }

    /// <summary>
    /// Bytes of agents' factors held at once: a module that fits is read once, a larger one in batches and several times.
    /// Peak memory is this, the result, and a few blocks of vectors, whatever the number of folders (one module's factors and 2U² values more for
    /// FloraNA).
    /// </summary>
    public long MemoryBytes { get; init; } = 192L << 20;
}
