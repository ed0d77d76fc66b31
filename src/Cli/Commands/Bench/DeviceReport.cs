namespace EdgeFlora.Cli.Commands.Bench;

/// <summary>What <c>edgeflora bench device --json</c> writes. Additions are allowed, names and meanings stay.</summary>
internal sealed record DeviceReport
{
    /// <summary>Folder of the base model.</summary>
    public required string Model { get; init; }

    public required string ModelSha256 { get; init; }

    /// <summary><c>mapped</c>, <c>singles</c>, <c>bf16</c> or <c>eightbit</c>.</summary>
    public required string Weights { get; init; }

    /// <summary>Bytes of the base weights.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>What the adapter makes of its factors: <c>lora</c>, <c>rslora</c>, <c>dora</c> or <c>hira</c>.</summary>
    public required string Variant { get; init; }

    public required string Engine { get; init; }

    public required string Device { get; init; }

    public required int Threads { get; init; }

    /// <summary>Tokens of every example.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Bytes that the most that fits was computed for, base weights included.</summary>
    public required long MemoryBytes { get; init; }

    public required IReadOnlyList<DeviceShape> Measured { get; init; }

    /// <summary>The most that fits; empty where the engine cannot tell what it takes.</summary>
    public required IReadOnlyList<DeviceLimit> Fits { get; init; }
}

/// <summary>One shape that was trained.</summary>
/// <param name="PeakBytes">Activations, gradients, adapter and optimiser; null where the engine cannot tell.</param>
internal sealed record DeviceShape(int Rank, int Batch, double TokensPerSecond, long? PeakBytes);

/// <summary>Either the largest batch for a rank or the largest rank for a batch.</summary>
/// <param name="Rank">Null if no rank fits.</param>
/// <param name="Batch">Null if no batch fits.</param>
/// <param name="Asked"><c>rank</c> or <c>batch</c>: which of the two was given.</param>
internal sealed record DeviceLimit(string Asked, int? Rank, int? Batch);
