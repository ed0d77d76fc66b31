
namespace EdgeFlora.Cli.Commands.Train;

/// <summary>What <c>edgeflora train --json</c> writes. Additions are allowed, names and meanings stay.</summary>
internal sealed record TrainReport
{
    /// <summary><c>classification</c>, <c>pairs</c> or <c>lm</c>.</summary>
    public required string Task { get; init; }

    /// <summary>Folder of the base model.</summary>
    public required string Model { get; init; }

    /// <summary>SHA-256 of its weights.</summary>
    public required string ModelSha256 { get; init; }

    public required string Engine { get; init; }

    public required string Device { get; init; }

    /// <summary><c>lora</c>, <c>rslora</c>, <c>dora</c> or <c>hira</c>.</summary>
    public required string Variant { get; init; }

    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Values in factors, magnitudes and head.</summary>
    public required long TrainedParameters { get; init; }

    /// <summary>Names of the classes; null if the task has none.</summary>
    public required IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Examples to train on.</summary>
    public required int TrainingExamples { get; init; }

    /// <summary>Examples to measure on.</summary>
    public required int HeldOutExamples { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Mean loss of each step in nats.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>On the held-out examples; null if there are none.</summary>
    public required object? Metrics { get; init; }

    /// <summary>Tokens, without padding, over the seconds that steps took in this process; 0 if it did none.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Seconds that steps took in this process.</summary>
    public required double Seconds { get; init; }

    /// <summary>Most memory that training used: of the device where it has its own, else resident memory of the process that trained.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Folder of the adapter.</summary>
    public required string Adapter { get; init; }
}
