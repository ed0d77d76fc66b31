using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Cli.Commands.Bench;

/// <summary>What <c>edgeflora bench device</c> is told.</summary>
internal sealed record DeviceSettings
{
    public required string Model { get; init; }

    public required WeightStorage Storage { get; init; }

    public required AdapterVariant Variant { get; init; }

    public required int MaxTokens { get; init; }

    /// <summary>Bytes to ask about; null for what is free.</summary>
    public required long? Memory { get; init; }

    /// <summary>Least time for each shape.</summary>
    public required TimeSpan Least { get; init; }

    public required string Engine { get; init; }

    /// <summary>Where torch computes.</summary>
    public required string Device { get; init; }

    public required int Threads { get; init; }

    public required string? Json { get; init; }
}
