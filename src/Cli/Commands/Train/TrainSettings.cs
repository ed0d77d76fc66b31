using EdgeFlora.Adapters;
using EdgeFlora.Cli.Tuning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Commands.Train;

/// <summary>What a command line of <c>edgeflora train</c> asks for.</summary>
internal sealed record TrainSettings
{
    public required string Model { get; init; }

    /// <summary>How its weights are held.</summary>
    public required WeightStorage Storage { get; init; }

    public required TaskSettings Task { get; init; }

    /// <summary>Folder of the adapter to begin with; null for a new one.</summary>
    public required string? Initial { get; init; }

    public required AdapterVariant Variant { get; init; }

    public required int Rank { get; init; }

    /// <summary>Numerator of the scale.</summary>
    public required double Alpha { get; init; }

    /// <summary>Endings of module names, or patterns; null for the family's usual ones.</summary>
    public required IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Optimiser steps; null: as many as <see cref="Epochs"/> take.</summary>
    public required int? Steps { get; init; }

    /// <summary>Times each training example is seen, where <see cref="Steps"/> is not given.</summary>
    public required double Epochs { get; init; }

    /// <summary>All but the number of steps.</summary>
    public required TrainingPlan Plan { get; init; }

    public required string Engine { get; init; }

    /// <summary>Where torch computes.</summary>
    public required string Device { get; init; }

    public required string Out { get; init; }

    public required string Checkpoint { get; init; }

    /// <summary>Steps between checkpoints; 0: only when stopped.</summary>
    public required int CheckpointEvery { get; init; }

    public required bool Resume { get; init; }

    public required string? Json { get; init; }
}
