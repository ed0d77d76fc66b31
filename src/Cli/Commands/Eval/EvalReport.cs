using System.Diagnostics;

namespace EdgeFlora.Cli.Commands.Eval;

/// <summary>What <c>edgeflora eval --json</c> writes. Additions are allowed, names and meanings stay.</summary>
internal sealed record EvalReport
{
    /// <summary><c>classification</c>, <c>pairs</c>, <c>lm</c>, <c>gsm8k</c>, <c>humaneval</c> or <c>mbpp</c>.</summary>
    public required string Task { get; init; }

    /// <summary>Folder of the base model.</summary>
    public required string Model { get; init; }

    /// <summary>SHA-256 of its weights.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>Folder of the adapter; null if the model alone was measured.</summary>
    public required string? Adapter { get; init; }

    public required string Engine { get; init; }

    public required string Device { get; init; }

    /// <summary>On all examples of the data.</summary>
    public required object Metrics { get; init; }

    /// <summary>Seconds that measuring took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Largest resident memory of the process.</summary>
    public long PeakBytes { get; } = Process.GetCurrentProcess().PeakWorkingSet64;
}
